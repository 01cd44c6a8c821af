"""The words everything is invented from."""

# fmt: off
FIRST_NAMES = (
    "Ada", "Bela", "Carys", "Dario", "Enid", "Femi", "Gita", "Hugo", "Ilse", "Jonas", "Kaya",
    "Leif", "Maren", "Nuri", "Oona", "Pavel", "Rhea", "Silas", "Tove", "Ugo", "Vera", "Wim",
    "Zola", "Ásta", "Čeněk", "Eloïse", "Gül", "Jürgen", "Łukasz", "Señora",
)
LAST_NAMES = (
    "Ashgrove", "Brightwater", "Copperfield", "Dalewood", "Elmstead", "Foxworth", "Gladstead",
    "Heatherby", "Ivorson", "Kingsmere", "Lindqvist", "Moorhouse", "Nightingale", "Oakley",
    "Peverell", "Rookwood", "Silverlake", "Thornbury", "Umberland", "Vexley", "Windermere",
    "O'Shale", "Dvořáková", "Grünwald",
)
FIRM_WORDS = (
    "Alpine", "Beacon", "Cobalt", "Delta", "Evergreen", "Foundry", "Gable", "Highland", "Ivory",
    "Keystone", "Lakeside", "Meridian",
)
FIRM_KINDS = (
    "Roofing", "Homes", "Estates", "Builders", "Property", "Solar", "Exteriors", "Gutters",
)
STREETS = ("Alder", "Birch", "Cherry", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel")
PLACES = (
    ("Springfield", "IL", "62701"), ("Riverton", "UT", "84065"), ("Fairview", "TN", "37062"),
    ("Greenville", "SC", "29601"), ("Bristol", "CT", "06010"), ("Clinton", "IA", "52732"),
)
TITLES = ("Owner", "Buyer", "Site manager", "Head of purchasing", "Architect", "Clerk of works")
GOODS = (
    "Shingles", "Ridge cap", "Gutter guard", "Skylight", "Underlay", "Flashing", "Inspection",
    "Scaffolding", "Tear-off", "Siding panel", "Downpipe", "Snow guard",
)
TROUBLES = ("Leak", "Loose tile", "Late delivery", "Wrong invoice", "Blocked gutter", "Noise")
CALLS = ("Call", "Follow up", "Send quote", "Site visit", "Chase signature", "Thank you")
SOURCES = ("Web", "Phone", "Referral", "Fair", "Other")
# fmt: on

AWKWARD = 'First line\nsecond "quoted" line\r\n\\. and C:\\new\\table\ttab, comma; \\N 100% {x}'
LONG_TEXT = "All work and no rain makes a dry roof. " * 103
ODD = '=1+1, \'single\', ""double"", żółw 🦊,\n\n"",\n'
