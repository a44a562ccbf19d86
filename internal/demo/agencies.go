package demo

import "fmt"

// Codes of the district's agencies. Townships are ZJ and the last three digits of
// their code, clinics WS and the same, schools XX and their school code.
const (
	CivilAffairs      = "MZ"
	Education         = "JY"
	WomensFederation  = "FL"
	Health            = "WJ"
	AuditOffice       = "SJ"
	DistrictOffice    = "QB"
	RunningContractor = "SG01"
	EndedContractor   = "SG02"
)

type agency struct {
	id               int64
	code, name, kind string
	division         int64
}

type clinic struct {
	id         int64
	code, name string
	agency     int64
	division   int64
}

type contract struct {
	id              int64
	number, project string
	agency          int64
	from, to        int // days from today
	purposes        []string
	assessed        int
	returned        int // 0: not yet
}

func (d *District) addAgency(code, name, kind string, division int64) int64 {
	id := int64(len(d.agencies) + 1)
	d.agencies = append(d.agencies, agency{id, code, name, kind, division})
	d.bureaux[code] = id
	return id
}

// makeBureaux makes the agencies of the district and of each township, and a
// clinic for every township.
func (d *District) makeBureaux() {
	d.addAgency(CivilAffairs, "新洲区民政局（演示）", "CIVIL_AFFAIRS", districtID)
	d.addAgency(Education, "新洲区教育局（演示）", "EDUCATION", districtID)
	d.addAgency(WomensFederation, "新洲区妇女联合会（演示）", "WOMENS_FEDERATION", districtID)
	d.addAgency(Health, "新洲区卫生健康局（演示）", "HEALTH", districtID)
	d.addAgency(AuditOffice, "新洲区隐私审计办公室（演示）", "AUDIT", districtID)
	d.addAgency(DistrictOffice, "新洲区人民政府办公室（演示）", "DISTRICT_OFFICE", districtID)
	d.addAgency(RunningContractor, "知新社会工作服务中心（演示）", "CONTRACTOR", districtID)
	d.addAgency(EndedContractor, "远帆社会工作服务社（演示）", "CONTRACTOR", districtID)
	for _, t := range d.townships {
		suffix := t.code[len(districtCode):]
		t.agencyID = d.addAgency("ZJ"+suffix, t.name+"办事处（演示）", "TOWNSHIP", t.id)
		id := d.addAgency("WS"+suffix, t.short+"示范卫生院", "CLINIC", t.id)
		t.clinicID = int64(len(d.clinics) + 1)
		d.clinics = append(d.clinics, clinic{
			id: t.clinicID, code: "99WS" + suffix, name: t.short + "示范卫生院", agency: id, division: t.id,
		})
	}
}

// makeContracts makes a running contract and one that ended a month ago.
func (d *District) makeContracts() {
	purposes := []string{"CASE_MGMT", "VISIT", "PSYCH_SUPPORT", "MANDATORY_REPORT", "CONSULTATION", "EMERGENCY"}
	year := d.today.Year()
	d.contracts = []contract{
		{
			id: 1, number: fmt.Sprintf("YS-%d-001", year), project: "农村留守儿童关爱服务（演示）", agency: d.bureaux[RunningContractor],
			from: -200, to: 165, purposes: purposes, assessed: -205,
		},
		{
			id: 2, number: fmt.Sprintf("YS-%d-007", year-1), project: "“润心伴成长”心理关爱服务（演示）", agency: d.bureaux[EndedContractor],
			from: -395, to: -30, purposes: append([]string{"PAIRING", "FAMILY_EDU"}, purposes...), assessed: -400, returned: -21,
		},
	}
}
