"""The fields of campaigns, cases, activities and users, one a line: see `parse_table`."""

CAMPAIGN = """
Name string
ParentId reference >Campaign
Type picklist =Fair|Email|Webinar|Direct_Mail|Other
Status picklist =Planned|In_Progress|Completed|Aborted
StartDate date
EndDate date
ExpectedRevenue currency
BudgetedCost currency
ActualCost currency
ExpectedResponse percent
NumberSent double
IsActive boolean
Description textarea unfilterable
NumberOfLeads int calculated
NumberOfConvertedLeads int calculated
NumberOfContacts int calculated
NumberOfResponses int calculated
NumberOfOpportunities int calculated
NumberOfWonOpportunities int calculated
AmountAllOpportunities currency calculated
AmountWonOpportunities currency calculated
OwnerId reference >User
LastActivityDate date
CampaignMemberRecordTypeId reference
"""

CAMPAIGN_MEMBER = """
CampaignId reference >Campaign
LeadId reference >Lead
ContactId reference >Contact
Status picklist =Sent|Responded|Registered|Attended
HasResponded boolean
FirstRespondedDate date
Salutation picklist =Mr.|Ms.|Mx.|Dr.
Name string
FirstName string
LastName string
Title string
Email email
Phone phone
CompanyOrAccount string
Type string
LeadOrContactId reference >Contact|Lead
LeadOrContactOwnerId reference >User
"""

CASE = """
MasterRecordId reference >Case
CaseNumber string
ContactId reference >Contact
AccountId reference >Account
ParentId reference >Case
SuppliedName string
SuppliedEmail email
SuppliedPhone string
SuppliedCompany string
Type picklist =Problem|Question|Request
Status picklist =New|Working|Escalated|Closed
Reason picklist =Installation|Material|Billing|Other
Origin picklist =Phone|Email|Web
Subject string
Priority picklist =High|Medium|Low
Description textarea unfilterable
IsClosed boolean
ClosedDate datetime
IsEscalated boolean
OwnerId reference >User
"""

CASE_CUSTOM = """
Damage__c multipicklist =Leak|Loose_tile|Gutter|Storm
Repair_Cost__c currency
"""

TASK = """
WhoId reference >Contact|Lead
WhatId reference >Account|Opportunity|Case|Campaign
Subject combobox
ActivityDate date
Status picklist =Not_Started|In_Progress|Completed|Waiting
Priority picklist =High|Normal|Low
IsHighPriority boolean
OwnerId reference >User
Description textarea unfilterable
Type picklist =Call|Email|Meeting|Other
AccountId reference >Account
IsClosed boolean
IsArchived boolean
CallDurationInSeconds int
CallType picklist =Inbound|Outbound
CallDisposition string
CallObject string
ReminderDateTime datetime
IsReminderSet boolean
RecurrenceActivityId reference >Task
TaskSubtype picklist =Task|Call|Email
CompletedDateTime datetime
"""

EVENT = """
WhoId reference >Contact|Lead
WhatId reference >Account|Opportunity|Case|Campaign
Subject combobox
Location string
IsAllDayEvent boolean
ActivityDateTime datetime
ActivityDate date
DurationInMinutes int
StartDateTime datetime
EndDateTime datetime
EndDate date
Description textarea unfilterable
AccountId reference >Account
OwnerId reference >User
Type picklist =Call|Email|Meeting|Other
IsPrivate boolean
ShowAs picklist =Busy|OutOfOffice|Free
IsChild boolean
IsGroupEvent boolean
IsArchived boolean
EventSubtype picklist =Event
ReminderDateTime datetime
IsReminderSet boolean
"""

USER = """
Username string
LastName string ^Name
FirstName string ^Name
Name string
CompanyName string
Division string
Department string
Title string
Street textarea ^Address
City string ^Address
State string ^Address
PostalCode string ^Address
Country string ^Address
Address address
Email email
Phone phone
MobilePhone phone
Alias string
CommunityNickname string
IsActive boolean
TimeZoneSidKey picklist
UserRoleId reference
LocaleSidKey picklist
ProfileId reference
UserType picklist =Standard|Guest|AutomatedProcess
LanguageLocaleKey picklist
EmployeeNumber string
ManagerId reference >User
LastLoginDate datetime
"""

CASE_STATUS = """
MasterLabel string
ApiName string
SortOrder int
IsDefault boolean
IsClosed boolean
"""

ATTACHMENT = """
ParentId reference >Account|Contact
Name string
ContentType string
BodyLength int
Body base64
OwnerId reference >User
"""

ACCOUNT_HISTORY = """
AccountId reference >Account
Field picklist
DataType picklist
OldValue anyType
NewValue anyType
"""
