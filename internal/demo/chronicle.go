package demo

import "time"

// chronicle is what happened in the year, as far as more than one table or the
// access log must agree on it.
type chronicle struct {
	dropouts      []*dropout
	reports       []*report
	consultations []*consultation
	grants        []grant
	referrals     []*referral
	reliefs       []*relief
	pairings      []*pairing
	enrolments    []*familyEnrolment
	guides        map[*child]*worker
	rights        []*rightsCase
	cases         []*careCase
	social        map[*child]*worker // social workers with an open case and a running contract
	corrections   []*correction
	inquiries     []*inquiry
	emergencies   []emergency
	transfers     []transfer
	cards         []card
	conflicts     []conflict
	handlers      []handler
	batches       []batch
	tickets       []*ticket
	sessions      []session
	counselled    []attendance
	events        []groupEvent
}

// makeChronicle tells the year. The order matters only where one event leads to
// another; each draws from a stream of its own.
func (d *District) makeChronicle() {
	d.years = &chronicle{social: map[*child]*worker{}, guides: map[*child]*worker{}}
	d.makeDropouts()
	d.makeReports()
	d.makeCases()
	d.makeReferrals()
	d.makeReliefs()
	d.makeFederation()
	d.makeConsultations()
	d.makeCounselling()
	d.openBreak()
	d.makeGovernance()
	d.makeCards()
	d.makeTickets()
}

// sample is n children of those that fit, in random order; stories and the other
// examples that callers are shown are left to their own events.
func (d *District) sample(subject string, n int, fits func(*child) bool) []*child {
	var pool []*child
	for _, c := range d.children {
		if c.story == nil && !c.taken && fits(c) {
			pool = append(pool, c)
		}
	}
	s := d.stream(subject, 0)
	s.Shuffle(len(pool), func(i, j int) { pool[i], pool[j] = pool[j], pool[i] })
	return pool[:min(n, len(pool))]
}

func (c *child) compulsory() bool {
	return (c.stage == primary || c.stage == junior) && c.class != nil
}

type dropout struct {
	id               int64
	child            *child
	ledger, stage    string
	found, cancelled time.Time
	reason, outcome  string
	absent           int
	officer          *worker
}

func (o *dropout) open() bool { return o.cancelled.IsZero() }

// Where the named open and closed dropout cases stand in chronicle.dropouts.
const (
	phoneCheckCase = iota // 青禾-01
	homeVisitCase
	persuasionCase
	cancelledCase
)

// makeDropouts: of 90 alerts 22 become suspected and 3 confirmed; 20 return, 2
// transfer. Open are the case of 青禾-01 at the phone check, one at the home
// visit and one in the township's hands.
func (d *District) makeDropouts() {
	n, suspected := d.sizes.scaled(90, 9), d.sizes.scaled(22, 3)
	confirmed, transferred := d.sizes.scaled(3, 1), d.sizes.scaled(2, 1)
	pupils := d.sample("dropouts", n-1, func(c *child) bool { return c.leftBehind() && c.compulsory() })
	pupils = append([]*child{d.child(Qinghe)}, pupils...)
	for i, c := range pupils {
		s := d.stream("dropout", c.id)
		c.taken = i <= cancelledCase
		o := &dropout{
			id: int64(i + 1), child: c, ledger: "SCHOOL_AGE", stage: "CANCELLED", outcome: "RETURNED",
			absent: s.between(3, 6), officer: d.oneOf("DPS", 0),
			reason: []string{"FAMILY", "INTERNET", "MENTAL", "PHYSICAL", "OTHER"}[s.weighted([]float64{40, 20, 15, 10, 15})],
		}
		if i > cancelledCase {
			o.officer = d.oneOf("DPS", int64(i))
		}
		o.found = d.alertDay(s)
		o.cancelled = after(o.found, s.between(10, 50))
		switch {
		case i == phoneCheckCase:
			o.open6()
			o.found = d.today
		case i == homeVisitCase:
			o.ledger, o.stage, o.outcome, o.absent = "SCHOOL_AGE", "HOME_VISIT", "OPEN", 7
			o.found, o.cancelled = d.day(-4), time.Time{}
		case i == persuasionCase:
			o.ledger, o.stage, o.outcome, o.absent = "SUSPECTED", "TOWNSHIP_PERSUASION", "OPEN", 15
			o.found, o.cancelled = d.day(-14), time.Time{}
		case i < 3+suspected:
			o.ledger, o.absent = "SUSPECTED", s.between(8, 20)
			if i < 3+confirmed {
				o.ledger, o.absent = "DROPOUT", s.between(25, 60)
			}
			if i >= 3+suspected-transferred {
				o.outcome = "TRANSFERRED"
			}
			o.cancelled = after(o.found, s.between(40, 90))
		}
		if o.cancelled.After(d.day(-1)) {
			o.cancelled = d.day(-s.between(1, 5))
		}
		if o.outcome != "OPEN" && !o.found.Before(o.cancelled) {
			o.found = after(o.cancelled, -s.between(6, 12))
		}
		d.years.dropouts = append(d.years.dropouts, o)
	}
}

// open6 is the state of 青禾-01: six days absent, the phone check under way.
func (o *dropout) open6() {
	o.ledger, o.stage, o.outcome, o.reason, o.absent = "SCHOOL_AGE", "PHONE_CHECK", "OPEN", "UNKNOWN", 6
	o.cancelled = time.Time{}
}

// alertDay has its peaks when terms begin.
func (d *District) alertDay(s stream) time.Time {
	for {
		day := d.day(-8 - s.IntN(340))
		weight := 0.25
		switch day.Month() {
		case time.March, time.September:
			weight = 1
		case time.July, time.August:
			weight = 0
		default:
		}
		if s.Float64() < weight {
			return day
		}
	}
}
