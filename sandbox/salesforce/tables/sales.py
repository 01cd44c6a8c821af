"""The fields of what is sold and to whom, one a line: see `sandbox.salesforce.fields.parse_table`."""

ACCOUNT = """
MasterRecordId reference >Account
Name string
Type picklist =Prospect|Customer|Partner|Other
ParentId reference >Account
BillingStreet textarea ^BillingAddress
BillingCity string ^BillingAddress
BillingState string ^BillingAddress
BillingPostalCode string ^BillingAddress
BillingCountry string ^BillingAddress
BillingLatitude double ^BillingAddress
BillingLongitude double ^BillingAddress
BillingGeocodeAccuracy picklist ^BillingAddress
BillingAddress address
ShippingStreet textarea ^ShippingAddress
ShippingCity string ^ShippingAddress
ShippingState string ^ShippingAddress
ShippingPostalCode string ^ShippingAddress
ShippingCountry string ^ShippingAddress
ShippingAddress address
Phone phone
Fax phone
AccountNumber string
Website url
PhotoUrl url
Sic string
Industry picklist =Construction|Retail|Insurance|Real_Estate|Manufacturing
AnnualRevenue currency
NumberOfEmployees int
Ownership picklist =Public|Private|Subsidiary|Other
TickerSymbol string
Description textarea unfilterable
Rating picklist =Hot|Warm|Cold
Site string
AccountSource picklist =Web|Phone|Referral|Fair|Other
OwnerId reference >User
LastActivityDate date
"""

ACCOUNT_CUSTOM = """
Tier__c picklist =Gold|Silver|Bronze
Contract_Value__c currency
Tax_Number__c encryptedstring
Service_Areas__c multipicklist =North|South|East|West
Last_Visit__c datetime
Open_Pipeline__c currency calculated
Roof_Location__Latitude__s double ^Roof_Location__c
Roof_Location__Longitude__s double ^Roof_Location__c
Roof_Location__c location
"""

CONTACT = """
MasterRecordId reference >Contact
AccountId reference >Account
Salutation picklist =Mr.|Ms.|Mx.|Dr. ^Name
FirstName string ^Name
LastName string ^Name
Name string
MailingStreet textarea ^MailingAddress
MailingCity string ^MailingAddress
MailingState string ^MailingAddress
MailingPostalCode string ^MailingAddress
MailingCountry string ^MailingAddress
MailingAddress address
Phone phone
Fax phone
MobilePhone phone
HomePhone phone
OtherPhone phone
AssistantName string
ReportsToId reference >Contact
Email email
Title string
Department string
LeadSource picklist =Web|Phone|Referral|Fair|Other
Birthdate date
Description textarea unfilterable
OwnerId reference >User
HasOptedOutOfEmail boolean
DoNotCall boolean
LastActivityDate date
EmailBouncedReason string
EmailBouncedDate datetime
IsEmailBounced boolean
PhotoUrl url
"""

CONTACT_CUSTOM = """
Favorite_Colour__c picklist =Red|Green|Blue|Dark_Violet
Lifetime_Value__c currency
Loyalty_Points__c double
Newsletter__c boolean
Newsletter_Since__c date
Policy_Number__c encryptedstring
Days_As_Customer__c double calculated
Ring_At__c time
"""

LEAD = """
MasterRecordId reference >Lead
LastName string ^Name
FirstName string ^Name
Salutation picklist =Mr.|Ms.|Mx.|Dr. ^Name
Name string
Title string
Company string
Street textarea ^Address
City string ^Address
State string ^Address
PostalCode string ^Address
Country string ^Address
Address address
Phone phone
MobilePhone phone
Fax phone
Email email
Website url
Description textarea unfilterable
LeadSource picklist =Web|Phone|Referral|Fair|Other
Status picklist =New|Working|Nurturing|Qualified|Unqualified
Industry picklist =Construction|Retail|Insurance|Real_Estate|Manufacturing
Rating picklist =Hot|Warm|Cold
AnnualRevenue currency
NumberOfEmployees int
OwnerId reference >User
HasOptedOutOfEmail boolean
DoNotCall boolean
IsConverted boolean
ConvertedDate date
ConvertedAccountId reference >Account
ConvertedContactId reference >Contact
ConvertedOpportunityId reference >Opportunity
IsUnreadByOwner boolean
LastActivityDate date
"""

LEAD_CUSTOM = """
Roof_Kind__c picklist =Pitched|Flat|Mansard
Estimated_Value__c currency
"""

OPPORTUNITY = """
AccountId reference >Account
IsPrivate boolean
Name string
Description textarea unfilterable
StageName picklist =Prospecting|Qualification|Proposal|Negotiation|Closed_Won|Closed_Lost
Amount currency
Probability percent
ExpectedRevenue currency calculated
TotalOpportunityQuantity double
CloseDate date
Type picklist =New_Business|Existing_Business
NextStep string
LeadSource picklist =Web|Phone|Referral|Fair|Other
IsClosed boolean
IsWon boolean
ForecastCategory picklist =Omitted|Pipeline|BestCase|Forecast|Closed
ForecastCategoryName picklist =Omitted|Pipeline|Best_Case|Commit|Closed
CampaignId reference >Campaign
HasOpportunityLineItem boolean
Pricebook2Id reference >Pricebook2
ContactId reference >Contact
OwnerId reference >User
FiscalQuarter int
FiscalYear int
Fiscal string
LastActivityDate date
LastStageChangeDate datetime
PushCount int
"""

OPPORTUNITY_CUSTOM = """
Roof_Area__c double
Install_On__c date
Inspected_At__c datetime
Financing__c boolean
Materials__c multipicklist =Shingle|Metal|Tile|Slate
Margin__c percent calculated
"""

OPPORTUNITY_LINE_ITEM = """
OpportunityId reference >Opportunity
SortOrder int
PricebookEntryId reference >PricebookEntry
Product2Id reference >Product2
ProductCode string
Name string
Quantity double
Discount percent
Subtotal currency calculated
TotalPrice currency
UnitPrice currency
ListPrice currency
ServiceDate date
Description string
"""

OPPORTUNITY_CONTACT_ROLE = """
OpportunityId reference >Opportunity
ContactId reference >Contact
Role picklist =Decision_Maker|Business_User|Executive_Sponsor|Other
IsPrimary boolean
"""

PRODUCT = """
Name string
ProductCode string
Description textarea unfilterable
IsActive boolean
Family picklist =Roofing|Siding|Gutters|Service
ExternalDataSourceId reference
ExternalId string
DisplayUrl url
QuantityUnitOfMeasure picklist =Each|Square_Metre|Hour
IsArchived boolean
StockKeepingUnit string
"""

PRICEBOOK = """
Name string
IsActive boolean
IsArchived boolean
Description string
IsStandard boolean
"""

PRICEBOOK_ENTRY = """
Name string
Pricebook2Id reference >Pricebook2
Product2Id reference >Product2
UnitPrice currency
IsActive boolean
UseStandardPrice boolean
ProductCode string
IsArchived boolean
"""
