package demo

import "time"

// kind says on which register a child stands.
type kind int

const (
	leftBehindOnly kind = iota
	leftBehindAndHardship
	hardshipOnly
	flaggedOnly // flagged by the school, not registered
	candidate   // nominated or being verified
	duplicate   // a registered child that a second village claims
	exited
)

// Values used in several places.
const (
	male   = "MALE"
	female = "FEMALE"

	noSchool     = "NONE"
	kindergarten = "KINDERGARTEN"
	primary      = "PRIMARY"
	junior       = "JUNIOR"
	senior       = "SENIOR"
)

// child is one child in memory: what more than one table needs to agree on.
type child struct {
	id            int64
	kind          kind
	story         *storyPlan
	surname, name string
	sex           string
	birth         time.Time
	citizenID     string
	docType       string
	hukouType     string
	village       *village
	hukou         *village
	shield        string
	twin          *child // the child that a duplicate repeats

	status     string
	since      time.Time // begin of the present absence of the parents
	careReason string
	groups     []string
	reasons    []string
	risk       string
	province   string
	city       string
	exitReason string
	exitedOn   time.Time

	guardianshipKind string
	relation         string // of the caregiver
	caregiver        string
	phone            string
	grade            string // of the guardianship

	stage      string
	year       int // grade in school
	flagged    bool
	school     *school
	class      *class
	lastClass  *class
	studentNo  string
	psychLevel int  // -1: not screened
	stale      bool // the caregiver's phone is out of date
	moved      bool // moved without a transfer
	mismatch   bool // identity number and birth date differ
	taken      bool // an example of one thing, to be kept out of others
}

// registered: the child stands on a register today.
func (c *child) registered() bool { return c.status == "REGISTERED" }

// leftBehind: the child stands on the register of left-behind children.
func (c *child) leftBehind() bool {
	return c.kind == leftBehindOnly || c.kind == leftBehindAndHardship
}

func (c *child) hardship() bool {
	return c.kind == hardshipOnly || c.kind == leftBehindAndHardship
}

// ageGroup is a stage of schooling within an age band.
type ageGroup struct {
	stage     string
	low, high int // completed years
	weight    float64
}

// leftBehindAges joins the age bands (21.7, 67.4, 10.9 %) with the stages of
// schooling (7.1, 18.4, 51.9, 19.5, 3.1 %).
var leftBehindAges = []ageGroup{
	{noSchool, 1, 2, 7.1},
	{kindergarten, 3, 5, 14.6},
	{kindergarten, 6, 6, 3.8},
	{primary, 6, 12, 51.9},
	{junior, 12, 13, 11.7},
	{junior, 14, 15, 7.8},
	{senior, 15, 15, 3.1},
}

// otherAges reach 18: the hardship register does.
var otherAges = []ageGroup{
	{noSchool, 1, 2, 5},
	{kindergarten, 3, 5, 12},
	{primary, 6, 12, 45},
	{junior, 12, 14, 20},
	{senior, 15, 17, 18},
}

// pupilAges are those of children whom a school has flagged.
var pupilAges = []ageGroup{
	{primary, 6, 12, 68},
	{junior, 12, 14, 27},
	{senior, 15, 15, 5},
}

func weightsOf(groups []ageGroup) []float64 {
	weights := make([]float64, len(groups))
	for i := range groups {
		weights[i] = groups[i].weight
	}
	return weights
}

// bear gives the child a birth date and a grade that fit the group.
func (d *District) bear(c *child, g ageGroup, s stream) {
	c.stage = g.stage
	for range 12 {
		oldest := d.today.AddDate(-g.high-1, 0, 1)
		span := int(d.today.AddDate(-g.low, 0, 0).Sub(oldest) / oneDay)
		c.birth = after(oldest, s.between(0, span))
		c.year = d.naturalYear(c.birth)
		if low, high := yearsOf(c.stage); c.year >= low && c.year <= high {
			return
		}
	}
	low, high := yearsOf(c.stage)
	c.year = min(max(c.year, low), high)
}

// naturalYear is the grade of a child who started school on time.
func (d *District) naturalYear(birth time.Time) int {
	return fullYears(birth, date(d.current.schoolYear, time.September, 1)) - 5
}

// yearsOf are the grades of a stage; kindergarten years are -2, -1 and 0.
func yearsOf(stage string) (low, high int) {
	switch stage {
	case kindergarten:
		return -2, 0
	case primary:
		return 1, 6
	case junior:
		return 7, 9
	case senior:
		return 10, 12
	}
	return -100, 100
}
