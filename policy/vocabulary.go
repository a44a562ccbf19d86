package policy

// Role is the duty in which somebody asks.
type Role string

// The roles of the matrix, and the two that serve rights and data quality.
const (
	DIR     Role = "DIR"
	SUP     Role = "SUP"
	CM      Role = "CM"
	REL     Role = "REL"
	SW      Role = "SW"
	DPS     Role = "DPS"
	HT      Role = "HT"
	PSY     Role = "PSY"
	HD      Role = "HD"
	FE      Role = "FE"
	RP      Role = "RP"
	AUD     Role = "AUD"
	STA     Role = "STA"
	DPO     Role = "DPO"
	STEWARD Role = "STEWARD"
	ADM     Role = "ADM"
)

// Text is a sentence in both languages of the hub.
type Text struct{ ZH, EN string }

// RoleInfo describes a role to people.
type RoleInfo struct {
	Code Role
	Name Text
	// Default is the purpose that carries the whole column of the role.
	Default Purpose
}

// Roles lists the roles in the order of the matrix's columns.
func Roles() []RoleInfo {
	return []RoleInfo{
		{DIR, Text{"儿童主任", "child director"}, Visit},
		{SUP, Text{"儿童督导员", "child supervisor"}, VisitSupervision},
		{CM, Text{"民政个案管理员", "civil-affairs case manager"}, CaseManagement},
		{REL, Text{"救助经办", "relief officer"}, TempRelief},
		{SW, Text{"购买服务社工", "contracted social worker"}, CaseManagement},
		{DPS, Text{"控辍保学专干", "dropout-prevention officer"}, DropoutPrevention},
		{HT, Text{"班主任", "homeroom teacher"}, ClassCare},
		{PSY, Text{"心理教师（心理咨询师）", "school psychologist"}, PsychSupport},
		{HD, Text{"校医（儿保医生）", "school or clinic doctor"}, ChildHealth},
		{FE, Text{"家庭教育指导员（含结对协调）", "family-education guide"}, FamilyEdu},
		{RP, Text{"维权干部", "rights officer"}, RightsCase},
		{AUD, Text{"隐私审计员", "privacy auditor"}, AccessAudit},
		{STA, Text{"统计（领导）", "statistics reader"}, Statistics},
		{DPO, Text{"个人信息保护负责人", "personal-information protection officer"}, RightsRequest},
		{STEWARD, Text{"数源专员", "source-data steward"}, DataQuality},
		{ADM, Text{"权限管理员", "access administrator"}, AccessAdmin},
	}
}

// Purpose is why somebody asks; purposes.csv gives each its statute, roles,
// ticket and life.
type Purpose string

// The closed list of purposes. Load refuses a purposes.csv that leaves one out.
const (
	Visit             Purpose = "VISIT"
	VisitSupervision  Purpose = "VISIT_SUPERVISION"
	RegisterVerify    Purpose = "REGISTER_VERIFY"
	CaseManagement    Purpose = "CASE_MGMT"
	TempRelief        Purpose = "TEMP_RELIEF"
	DropoutPrevention Purpose = "DROPOUT_PREVENTION"
	ClassCare         Purpose = "CLASS_CARE"
	PsychSupport      Purpose = "PSYCH_SUPPORT"
	ChildHealth       Purpose = "CHILD_HEALTH"
	FamilyEdu         Purpose = "FAMILY_EDU"
	Pairing           Purpose = "PAIRING"
	RightsCase        Purpose = "RIGHTS_CASE"
	MandatoryReport   Purpose = "MANDATORY_REPORT"
	Consultation      Purpose = "CONSULTATION"
	Emergency         Purpose = "EMERGENCY"
	RightsRequest     Purpose = "RIGHTS_REQUEST"
	AccessAudit       Purpose = "ACCESS_AUDIT"
	Statistics        Purpose = "STATISTICS"
	DataQuality       Purpose = "DATA_QUALITY"
	PolicyReview      Purpose = "POLICY_REVIEW"
	AccessAdmin       Purpose = "ACCESS_ADMIN"
)

// purposeList is the closed list, in the order of purposes.csv.
func purposeList() []Purpose {
	return []Purpose{
		Visit, VisitSupervision, RegisterVerify, CaseManagement, TempRelief,
		DropoutPrevention, ClassCare, PsychSupport, ChildHealth, FamilyEdu,
		Pairing, RightsCase, MandatoryReport, Consultation, Emergency,
		RightsRequest, AccessAudit, Statistics, DataQuality, PolicyReview,
		AccessAdmin,
	}
}

// anyPurpose in a line stands for every purpose the role may use. It is no
// purpose itself: nobody can ask for it.
const anyPurpose Purpose = "any"

// Form is how a coordinate is shown. The order is the order of preference.
type Form uint8

// The forms, from nothing to everything.
const (
	// Withheld: the value is not selected at all.
	Withheld Form = iota
	// Masked: shown with most characters replaced; no reveal.
	Masked
	// Revealable: masked until one logged reveal with a typed reason.
	Revealable
	// Full: the value itself.
	Full
)

// anyForm stands in deny lines, which withhold every form.
const anyForm = "ANY"

// String is the form's name in lines, receipts and the audit log.
func (f Form) String() string {
	switch f {
	case Masked:
		return "MASKED"
	case Revealable:
		return "REVEALABLE"
	case Full:
		return "FULL"
	case Withheld:
	}
	return "WITHHELD"
}

// ParseForm reads a form that a line may grant.
func ParseForm(name string) (Form, bool) {
	for _, f := range []Form{Masked, Revealable, Full} {
		if f.String() == name {
			return f, true
		}
	}
	return Withheld, false
}

// ReasonCode tells a caller why a coordinate was not shown in full.
type ReasonCode string

// The withheld-reason codes. CONSENT_MISSING, GRANT_EXPIRED and SMALL_CELL
// depend on records, so the engine sets them; the policy sets the others.
const (
	NotNeededForPurpose ReasonCode = "NOT_NEEDED_FOR_PURPOSE"
	OutOfRole           ReasonCode = "OUT_OF_ROLE"
	Generalised         ReasonCode = "GENERALISED"
	IsMasked            ReasonCode = "MASKED"
	ConsentMissing      ReasonCode = "CONSENT_MISSING"
	GrantRequired       ReasonCode = "GRANT_REQUIRED"
	GrantExpired        ReasonCode = "GRANT_EXPIRED"
	SmallCell           ReasonCode = "SMALL_CELL"
	IsArchived          ReasonCode = "ARCHIVED"
	NeverShared         ReasonCode = "NEVER_SHARED"
)

// silentGroups look unknown when withheld: not even their existence is told.
func silentGroups() []string {
	return []string{"B.sealed", "I.reporter", "A.shieldedAddress", "I.placement"}
}

// silentBases withhold without a trace: the value looks unknown.
func silentBases() Bases { return Of(ShieldAddress, ShieldFull, GuardianSuspect) }
