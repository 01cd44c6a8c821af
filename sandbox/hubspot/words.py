"""The words everything is invented from."""

# fmt: off
FIRST_NAMES = (
    "Ana", "Bram", "Chidi", "Dorota", "Edda", "Farid", "Greta", "Hana", "Ivo", "Jalila", "Kofi",
    "Lena", "Mateo", "Nila", "Olu", "Petra", "Quim", "Rosa", "Sven", "Tala", "Uma", "Vito",
    "Wanda", "Ximena", "Yara", "Zeno", "Åsa", "Björk", "Chloë", "Đorđe", "Éva", "Łucja", "Nuño",
    "Ömer", "Šárka",
)
LAST_NAMES = (
    "Abernathy", "Birkland", "Castellane", "Dunmore", "Eastgrove", "Fennimore", "Grasslund",
    "Hollowell", "Ironwood", "Juniper", "Kestrel", "Larkspur", "Merriweather", "Northcott",
    "Oakhurst", "Pemberly", "Quillfeather", "Ravenscroft", "Stonebridge", "Thistlewood",
    "Underhill", "Vandermeer", "Westerling", "Yarrow", "Zimmerling", "O'Larken", "Müllerstein",
    "Šípkova",
)
FIRM_WORDS = (
    "Acorn", "Bluefin", "Cedar", "Drift", "Ember", "Falcon", "Granite", "Harbor", "Indigo",
    "Juniper", "Krypton", "Lumen",
)
FIRM_KINDS = (
    "Roofing", "Siding", "Windows", "Exteriors", "Solar", "Gutters", "Renovation", "Builders",
)
STREETS = (
    "Alder", "Birch", "Cherry", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel",
)
PLACES = (
    ("Springfield", "IL", "62701"), ("Riverton", "UT", "84065"), ("Fairview", "TN", "37062"),
    ("Greenville", "SC", "29601"), ("Bristol", "CT", "06010"), ("Clinton", "IA", "52732"),
)
TITLES = (
    "Owner", "Buyer", "Site manager", "Head of purchasing", "Architect", "Clerk of works",
)
SOURCES = (
    "ORGANIC_SEARCH", "PAID_SEARCH", "REFERRALS", "DIRECT_TRAFFIC", "OFFLINE",
)
STAGES = (
    "subscriber", "lead", "opportunity", "customer", "evangelist",
)
DEAL_STAGES = (
    "appointmentscheduled", "qualifiedtobuy", "contractsent", "closedwon", "closedlost",
)
TRADES = (
    "roofing", "siding", "windows", "gutters", "solar",
)
MATERIALS = (
    "shingle", "metal", "tile", "slate",
)
LEAD_STAGES = (
    "new-stage-id", "attempting-stage-id", "connected-stage-id", "qualified-stage-id",
    "unqualified-stage-id",
)
GOODS = (
    "Shingles", "Ridge cap", "Gutter guard", "Skylight", "Underlay", "Flashing", "Inspection",
    "Scaffolding",
)
REAL_TLDS = (
    "org", "com", "net",
)
# fmt: on
