package resolvers

import "github.com/tongxin-hub/tongxin/graph/model"

// newNode makes an empty record of a type that has ids, nil for any other.
func newNode(typename string) model.Node {
	makers := map[string]func() model.Node{
		"AccessInquiry":          func() model.Node { return new(model.AccessInquiry) },
		"ActionCard":             func() model.Node { return new(model.ActionCard) },
		"ActivityAttendance":     func() model.Node { return new(model.ActivityAttendance) },
		"Agency":                 func() model.Node { return new(model.Agency) },
		"AuditEntry":             func() model.Node { return new(model.AuditEntry) },
		"Caregiver":              func() model.Node { return new(model.Caregiver) },
		"CatalogueEntry":         func() model.Node { return new(model.CatalogueEntry) },
		"Child":                  func() model.Node { return new(model.Child) },
		"ChildHealthVisit":       func() model.Node { return new(model.ChildHealthVisit) },
		"Clinic":                 func() model.Node { return new(model.Clinic) },
		"ConsentRecord":          func() model.Node { return new(model.ConsentRecord) },
		"Consultation":           func() model.Node { return new(model.Consultation) },
		"ConsultationCase":       func() model.Node { return new(model.ConsultationCase) },
		"CorrectionMark":         func() model.Node { return new(model.CorrectionMark) },
		"CounsellingAttendance":  func() model.Node { return new(model.CounsellingAttendance) },
		"DisclosureGrant":        func() model.Node { return new(model.DisclosureGrant) },
		"Division":               func() model.Node { return new(model.Division) },
		"DropoutCase":            func() model.Node { return new(model.DropoutCase) },
		"DropoutOrder":           func() model.Node { return new(model.DropoutOrder) },
		"DueVaccine":             func() model.Node { return new(model.DueVaccine) },
		"EducationAid":           func() model.Node { return new(model.EducationAid) },
		"FamilyEducationRecord":  func() model.Node { return new(model.FamilyEducationRecord) },
		"Guardian":               func() model.Node { return new(model.Guardian) },
		"GuardianshipAssessment": func() model.Node { return new(model.GuardianshipAssessment) },
		"GuidanceOrder":          func() model.Node { return new(model.GuidanceOrder) },
		"MandatoryReport":        func() model.Node { return new(model.MandatoryReport) },
		"MyReport":               func() model.Node { return new(model.MyReport) },
		"ReportCase":             func() model.Node { return new(model.ReportCase) },
		"NeedMatch":              func() model.Node { return new(model.NeedMatch) },
		"Pairing":                func() model.Node { return new(model.Pairing) },
		"PolicyProposal":         func() model.Node { return new(model.PolicyProposal) },
		"PolicyVersion":          func() model.Node { return new(model.PolicyVersion) },
		"Post":                   func() model.Node { return new(model.Post) },
		"ProtectionOrder":        func() model.Node { return new(model.ProtectionOrder) },
		"PsychReferral":          func() model.Node { return new(model.PsychReferral) },
		"ReliefApplication":      func() model.Node { return new(model.ReliefApplication) },
		"RightsCase":             func() model.Node { return new(model.RightsCase) },
		"School":                 func() model.Node { return new(model.School) },
		"ServiceContract":        func() model.Node { return new(model.ServiceContract) },
		"ServiceReferral":        func() model.Node { return new(model.ServiceReferral) },
		"SupportPlan":            func() model.Node { return new(model.SupportPlan) },
		"GroupSession":           func() model.Node { return new(model.GroupSession) },
		"Training":               func() model.Node { return new(model.Training) },
		"MatchRequest":           func() model.Node { return new(model.MatchRequest) },
		"ResourceOffer":          func() model.Node { return new(model.ResourceOffer) },
		"Volunteer":              func() model.Node { return new(model.Volunteer) },
		"TemporaryCustody":       func() model.Node { return new(model.TemporaryCustody) },
		"Term":                   func() model.Node { return new(model.Term) },
		"SchoolTransfer":         func() model.Node { return new(model.SchoolTransfer) },
		"TransferRequest":        func() model.Node { return new(model.TransferRequest) },
		"Visit":                  func() model.Node { return new(model.Visit) },
		"Wish":                   func() model.Node { return new(model.Wish) },
	}
	if make := makers[typename]; make != nil {
		return make()
	}
	return nil
}
