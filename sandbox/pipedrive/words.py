"""The words everything is invented from."""

# fmt: off
FIRST_NAMES = (
    "Adela", "Bruno", "Cleo", "Dagny", "Emil", "Fatou", "Gino", "Halina", "Isla", "Jonas", "Keiko",
    "Levi", "Mira", "Noor", "Otto", "Pilar", "Quinn", "Rafi", "Signe", "Tomas", "Ursa", "Viktor",
    "Wilma", "Xavi", "Yusuf", "Zofia", "Aurélie", "Jiří", "Łukasz", "Søren", "Zoë",
)
LAST_NAMES = (
    "Ashdown", "Bellweather", "Cobblepot", "Dovetail", "Elmhurst", "Foxglove", "Gravenhorst",
    "Hazelwood", "Inkwell", "Jessamine", "Knapweed", "Lindqvist", "Marchbank", "Nettleton",
    "Overbrook", "Peregrine", "Quartermain", "Rosewater", "Sandpiper", "Tamarind", "Umberfield",
    "Vossberg", "Wintergreen", "O'Hearn", "Křížová", "Ångström",
)
FIRM_WORDS = (
    "Beacon", "Copper", "Delta", "Evergreen", "Forge", "Gable", "Horizon", "Ironbark", "Keystone",
    "Lantern", "Meridian", "Northwind",
)
FIRM_KINDS = (
    "Roofing", "Siding", "Windows", "Exteriors", "Solar", "Gutters", "Renovation", "Builders",
)
STREETS = ("Aspen", "Beech", "Cedar", "Dogwood", "Elder", "Fir", "Hazel", "Juniper")
PLACES = (
    ("Springfield", "IL", "62701"), ("Riverton", "UT", "84065"), ("Fairview", "TN", "37062"),
    ("Greenville", "SC", "29601"), ("Bristol", "CT", "06010"), ("Clinton", "IA", "52732"),
)
GOODS = ("Shingles", "Ridge cap", "Gutter guard", "Skylight", "Underlay", "Flashing", "Scaffolding")
LOST_REASONS = ("Too expensive", "Chose another firm", "No answer", "Project cancelled")
AWKWARD = 'First line\nsecond "quoted" line\r\n\\. and C:\\new\\table\ttab, comma; \\N 100% {x}'
