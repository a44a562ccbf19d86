package policy

import (
	"math/bits"
	"strings"
)

// Basis is a relation between caller and child (or record) that can be
// checked, and that makes an access legitimate.
type Basis string

// The bases. Their order in basisList is their bit number: append, never
// reorder, because receipts and audit entries are read years later by name.
const (
	Caller          Basis = "caller"
	OwnVillage      Basis = "own_village"
	OwnTownship     Basis = "own_township"
	CompulsoryAge   Basis = "compulsory_age"
	LedgerOpen      Basis = "ledger_open"
	HomeVisitStage  Basis = "home_visit_stage"
	PlacementStage  Basis = "placement_stage"
	LedgerClosed    Basis = "ledger_closed"
	OwnClass        Basis = "own_class"
	OwnSchool       Basis = "own_school"
	OpenReferral    Basis = "open_referral"
	ScreeningList   Basis = "screening_list"
	Crisis          Basis = "crisis"
	OwnPupil        Basis = "own_pupil"
	Resident        Basis = "resident"
	AssignedCase    Basis = "assigned_case"
	ClosedCase      Basis = "closed_case"
	DistrictSearch  Basis = "district_search"
	OpenApplication Basis = "open_application"
	EnrolledFamily  Basis = "enrolled_family"
	HomeSession     Basis = "home_session"
	ReferredFamily  Basis = "referred_family"
	PairingConsent  Basis = "pairing_consent"
	RightsCaseOpen  Basis = "rights_case"
	ReportHandler   Basis = "report_handler"
	NamedHandler    Basis = "named_handler"
	SealedHandler   Basis = "sealed_handler"
	OpenVisit       Basis = "open_visit"
	ActivityDay     Basis = "activity_day"
	SurveyBatch     Basis = "survey_batch"
	BreakGlass      Basis = "emergency"
	RightsAsked     Basis = "rights_request"
	CorrectionTask  Basis = "correction_steward"
	OwnHand         Basis = "own_hand"
	OwnAgency       Basis = "own_agency"
	MyCard          Basis = "my_card"
	Conflict        Basis = "conflict"
	ShieldAddress   Basis = "shield_address"
	ShieldFull      Basis = "shield_full"
	GuardianSuspect Basis = "guardian_suspect"
	Archived        Basis = "archived"
	AidApplication  Basis = "aid_application"
	OpeningItem     Basis = "opening_item"
)

// grantPrefix begins the bases of consultation grants, one per group:
// grant_narrative, grant_level … Each implies the abstract basis "grant".
const grantPrefix = "grant_"

// basisInfo is one entry of the vocabulary: the code and what it says.
type basisInfo struct {
	code Basis
	text Text
}

// basisList is the one list of bases; the index is the bit number.
var basisList = [...]basisInfo{
	{Caller, Text{"本岗位", "this post"}},
	{OwnVillage, Text{"本村（社区）儿童", "child of own village"}},
	{OwnTownship, Text{"本镇街儿童", "child of own township"}},
	{CompulsoryAge, Text{"本区义务教育适龄或在籍", "of compulsory age or enrolled in the district"}},
	{LedgerOpen, Text{"控辍预警或台账未销号", "open dropout alert or ledger item"}},
	{HomeVisitStage, Text{"控辍已到家访阶段", "dropout case at home-visit stage"}},
	{PlacementStage, Text{"控辍已到镇街劝返（安置）阶段", "dropout case at township-persuasion stage"}},
	{LedgerClosed, Text{"控辍台账已销号", "dropout ledger cancelled"}},
	{OwnClass, Text{"本学期本班学生", "pupil of own class this term"}},
	{OwnSchool, Text{"本校学生", "pupil of own school"}},
	{OpenReferral, Text{"本单位在办心理转介", "open psychological referral with own unit"}},
	{ScreeningList, Text{"本校心理筛查名单", "on own screening list"}},
	{Crisis, Text{"心理危机状态", "in psychological crisis"}},
	{OwnPupil, Text{"本校学生（校医）", "pupil of own school (doctor)"}},
	{Resident, Text{"卫生院辖区居民", "resident of the clinic's area"}},
	{AssignedCase, Text{"本人在办个案", "open case assigned to me"}},
	{ClosedCase, Text{"本人个案结案7日内", "my case closed within 7 days"}},
	{DistrictSearch, Text{"写明理由的全区检索", "district search with a reason"}},
	{OpenApplication, Text{"本人经办救助申请", "relief application in hand"}},
	{EnrolledFamily, Text{"本人登记指导家庭", "family enrolled with me"}},
	{HomeSession, Text{"已排期入户指导", "planned home session"}},
	{ReferredFamily, Text{"转介本人指导的家庭", "family referred to me"}},
	{PairingConsent, Text{"监护人同意结对", "pairing with guardian's consent"}},
	{RightsCaseOpen, Text{"本人在办维权案件", "open rights case assigned to me"}},
	{ReportHandler, Text{"强制报告经办人", "handler of the mandatory report"}},
	{NamedHandler, Text{"遮蔽（安置）指定经办人", "handler named on the shield"}},
	{SealedHandler, Text{"报告人封存指定经办人", "handler named on the reporter seal"}},
	{OpenVisit, Text{"本人未完成走访任务", "open visit task of mine"}},
	{ActivityDay, Text{"当日本人活动参加儿童", "child in my activity today"}},
	{SurveyBatch, Text{"本人摸排范围待核实儿童", "child in my open survey batch"}},
	{BreakGlass, Text{"本人已启动紧急救护", "break-glass opened by me"}},
	{RightsAsked, Text{"在办权利请求", "open rights request"}},
	{CorrectionTask, Text{"转办本机构的校核", "correction routed to my agency"}},
	{"grant_unattendedReason", Text{"会商授权：事实无人抚养原因", "grant: unattended reason"}},
	{"grant_adoption", Text{"会商授权：收养寄养", "grant: adoption"}},
	{"grant_parentCircumstance", Text{"会商授权：父母情况", "grant: parents' circumstances"}},
	{"grant_assessmentItems", Text{"会商授权：评估分项", "grant: assessment items"}},
	{"grant_narrative", Text{"会商授权：走访文字", "grant: visit narrative"}},
	{"grant_attachments", Text{"会商授权：走访佐证", "grant: visit attachments"}},
	{"grant_notInSchool", Text{"会商授权：在籍不在校归类", "grant: enrolled-not-attending category"}},
	{"grant_absentRun", Text{"会商授权：缺勤天数", "grant: absent run"}},
	{"grant_absenceCategory", Text{"会商授权：缺勤原因", "grant: absence category"}},
	{"grant_dropout", Text{"会商授权：控辍台账", "grant: dropout case"}},
	{"grant_level", Text{"会商授权：心理关注级别", "grant: psychological level"}},
	{"grant_rightsCase", Text{"会商授权：维权案件", "grant: rights case"}},
	{"grant_reportNarrative", Text{"会商授权：报告内容", "grant: report narrative"}},
	{"grant_custody", Text{"会商授权：临时监护", "grant: temporary custody"}},
	{OwnHand, Text{"本人所写（所办）记录", "record by my own hand"}},
	{OwnAgency, Text{"本机构记录", "record of my agency"}},
	{MyCard, Text{"派给本岗位的行动卡", "action card addressed to me"}},
	{Conflict, Text{"已申报利益冲突", "declared conflict of interest"}},
	{ShieldAddress, Text{"住址遮蔽", "address shield"}},
	{ShieldFull, Text{"全部遮蔽", "full shield"}},
	{GuardianSuspect, Text{"监护人涉嫌", "guardian under suspicion"}},
	{Archived, Text{"已退出归档", "archived"}},
	{AidApplication, Text{"提交本人审批的教育资助申请", "application for education aid put before me"}},
	{OpeningItem, Text{"本人开学核查名单上的儿童", "child on my opening check"}},
}

// AllBases lists the bases in bit order.
func AllBases() []Basis {
	out := make([]Basis, len(basisList))
	for i := range basisList {
		out[i] = basisList[i].code
	}
	return out
}

// Bit is the set that holds this basis alone; empty when the basis is unknown
// or abstract, so that a misspelt basis opens nothing.
func (b Basis) Bit() Bases {
	for i := range basisList {
		if basisList[i].code == b {
			return 1 << i
		}
	}
	return 0
}

// Text says in words what the basis means.
func (b Basis) Text() Text {
	for i := range basisList {
		if basisList[i].code == b {
			return basisList[i].text
		}
	}
	return Text{string(b), string(b)}
}

// Bases is a set of bases, one bit each.
type Bases uint64

// Of builds a set; unknown names add nothing.
func Of(list ...Basis) Bases {
	var set Bases
	for _, b := range list {
		set |= b.Bit()
	}
	return set
}

// Has reports whether all bases of other are in the set.
func (s Bases) Has(other Bases) bool { return other != 0 && s&other == other }

// List names the bases of the set in bit order.
func (s Bases) List() []Basis {
	out := make([]Basis, 0, bits.OnesCount64(uint64(s)))
	for i := range basisList {
		if s&(1<<i) != 0 {
			out = append(out, basisList[i].code)
		}
	}
	return out
}

// String joins the names with "+", as the Casbin request takes them.
func (s Bases) String() string {
	names := make([]string, 0, len(basisList))
	for _, b := range s.List() {
		names = append(names, string(b))
	}
	return strings.Join(names, "+")
}
