package demo

import (
	"math"
	"time"
)

// makeChildren makes all children. Ids 1 to 10 are the stories; the others are
// shuffled, so that an id says nothing.
func (d *District) makeChildren() {
	kinds := d.kinds()
	s := d.stream("children", 0)
	count := map[kind]int{}
	for _, k := range kinds {
		count[k]++
	}
	draws := d.draws(count)
	surnameWeights := surnameWeights()
	numbers := &numbering{used: map[sequenceKey]int{}}
	for i, k := range kinds {
		c := &child{id: int64(i + 1), kind: k, shield: "NONE", psychLevel: -1}
		if i < len(stories) {
			c.story = &stories[i]
		}
		d.children = append(d.children, c)
		if k == duplicate {
			continue // made when its twin is
		}
		own := d.stream("child", c.id)
		d.settle(c, draws.townships(c.leftBehind()))
		d.describe(c, draws, own)
		c.surname = own.surname(surnameWeights)
		c.name = c.surname + own.given(c.sex)
		if c.docType != noDocument {
			c.citizenID = numbers.citizenID(c.birth, c.sex == male)
		}
		switch {
		case c.caregiver != "":
		case c.relation == "FATHER":
			c.caregiver = own.adult(c.surname, false)
		default:
			c.caregiver = own.elder(c.surname, false)
		}
	}
	d.makeUnattended()
	d.copyTwins(s)
	d.plantDefects(s)
	for _, c := range d.children {
		c.village.children = append(c.village.children, c)
		c.village.town.children = append(c.village.town.children, c)
	}
}

// kinds are the kinds of all children by id: exact numbers, stories first.
func (d *District) kinds() []kind {
	z := d.sizes
	want := map[kind]int{
		leftBehindOnly:        z.leftBehind - z.overlap,
		leftBehindAndHardship: z.overlap,
		hardshipOnly:          z.hardship - z.overlap,
		candidate:             z.scaled(36, 4),
		duplicate:             z.scaled(15, 2),
		exited:                z.scaled(90, 6),
	}
	// 18 % of the flagged pupils are not on the register, and 6 % of the
	// registered pupils are not flagged: see enrol.
	pupils := 0.745 * 0.94 * float64(z.leftBehind)
	want[flaggedOnly] = int(math.Round(pupils * 0.18 / 0.82))
	out := make([]kind, 0, z.leftBehind*3/2)
	for i := range stories {
		out = append(out, stories[i].kind)
		want[stories[i].kind]--
	}
	for k := leftBehindOnly; k <= exited; k++ {
		for range want[k] {
			out = append(out, k)
		}
	}
	rest := out[len(stories):]
	d.stream("kinds", 0).Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	return out
}

// draws are the decks from which children are dealt, so that shares are exact
// even in a small district.
type draws struct {
	leftBehindTown, otherTown []int
	leftBehindAge, otherAge   []int
	pupilAge                  []int
	sex, risk, reason, away   []int
	care, place, gradeOfCare  []int
}

func deal(cards *[]int) int {
	if len(*cards) == 0 {
		return 0
	}
	card := (*cards)[0]
	*cards = (*cards)[1:]
	return card
}

func (w *draws) townships(leftBehind bool) int {
	if leftBehind {
		return deal(&w.leftBehindTown)
	}
	return deal(&w.otherTown)
}

// Shares of section 7.2 of the domain reference.
var (
	sexShares    = []float64{54.5, 45.5}
	riskShares   = []float64{78, 15, 5, 2}
	reasonShares = []float64{86, 12, 2}
	awayShares   = []float64{4, 96} // 3 to 6 months, longer
	careShares   = []float64{72, 24, 4}
	placeShares  = []float64{34, 22, 12, 9, 6, 10, 7}
	gradeShares  = []float64{88, 9, 2, 1}

	riskLevels  = []string{"GREEN", "YELLOW", "ORANGE", "RED"}
	careReasons = []string{"BOTH_AWAY", "ONE_AWAY_OTHER_UNABLE", "BOTH_UNABLE"}
	careGrades  = []string{"NORMAL", "INSUFFICIENT", "IMPROPER", "ABSENT"}
	places      = [][2]string{
		{"武汉市", "湖北省"},
		{"东莞市", "广东省"},
		{"杭州市", "浙江省"},
		{"苏州市", "江苏省"},
		{"上海市", "上海市"},
		{"黄冈市", "湖北省"},
		{"厦门市", "福建省"},
	}
)

func (d *District) draws(count map[kind]int) *draws {
	s := d.stream("decks", 0)
	towns := make([]float64, len(d.townships))
	for i, t := range d.townships {
		towns[i] = t.share
	}
	leftBehind := count[leftBehindOnly] + count[leftBehindAndHardship]
	all := 0
	for _, n := range count {
		all += n
	}
	away := shares(leftBehind, awayShares)
	for i := range stories {
		if k := stories[i].kind; k == leftBehindOnly || k == leftBehindAndHardship {
			away[1]-- // stories have dates of their own
		}
	}
	return &draws{
		leftBehindTown: s.deck(leftBehind, towns), otherTown: s.deck(all, towns),
		leftBehindAge: s.deck(leftBehind, weightsOf(leftBehindAges)), otherAge: s.deck(all, weightsOf(otherAges)),
		pupilAge: s.deck(count[flaggedOnly], weightsOf(pupilAges)),
		sex:      s.deck(all, sexShares), risk: s.deck(leftBehind+count[hardshipOnly], riskShares),
		reason: s.deck(leftBehind, reasonShares), away: s.deckOf(away),
		care: s.deck(all, careShares), place: s.deck(all, placeShares), gradeOfCare: s.deck(all, gradeShares),
	}
}

// settle gives the child a home. The first villages of a township have more
// children; a small district leaves the last ones empty.
func (d *District) settle(c *child, town int) {
	s := d.stream("home", c.id)
	if c.story != nil {
		c.village = d.townships[c.story.town].villages[0]
		c.hukou = c.village
		return
	}
	c.village = d.someVillage(d.townships[town], s)
	c.hukou = c.village
	if s.chance(0.15) {
		c.hukou = d.someVillage(pick(s, d.townships), s)
	}
}

func (d *District) someVillage(t *township, s stream) *village {
	expected := t.share * float64(d.sizes.leftBehind) / fullLeftBehind * 1.4
	open := min(len(t.villages), max(1, int(expected/4)))
	n := float64(open) * math.Pow(s.Float64(), 1.4)
	return t.villages[min(int(n), open-1)]
}

// describe draws what makes the child's situation.
func (d *District) describe(c *child, w *draws, s stream) {
	c.sex = []string{male, female}[deal(&w.sex)]
	c.docType, c.hukouType = "RESIDENT_ID", []string{"RURAL", "RURAL", "RESIDENT", "URBAN"}[s.weighted([]float64{50, 22, 20, 8})]
	place := places[deal(&w.place)]
	c.city, c.province = place[0], place[1]
	c.phone = s.phone()
	switch {
	case c.leftBehind():
		d.bear(c, leftBehindAges[deal(&w.leftBehindAge)], s)
	case c.kind == flaggedOnly:
		d.bear(c, pupilAges[deal(&w.pupilAge)], s)
	default:
		d.bear(c, otherAges[deal(&w.otherAge)], s)
	}
	d.absence(c, w, s)
	care := deal(&w.care)
	c.grade = careGrades[deal(&w.gradeOfCare)]
	d.register(c, w, s)
	d.caregiverOf(c, care, s)
	if c.story != nil {
		d.tell(c, s)
	}
}

// absence draws since when the parents are away: 4 % between three and six
// months, the others log-normal with a median of ten.
func (d *District) absence(c *child, w *draws, s stream) {
	if !c.leftBehind() {
		c.since = d.day(-s.between(100, 900))
		return
	}
	c.careReason = careReasons[deal(&w.reason)]
	if c.story != nil {
		return
	}
	if deal(&w.away) == 0 {
		c.since = after(d.today.AddDate(0, -6, 0), s.between(3, int(d.today.AddDate(0, -3, 0).Sub(d.today.AddDate(0, -6, 0)).Hours()/24)-3))
		return
	}
	longest := d.today.Sub(c.birth).Hours() / 24 / 30.44
	months := 0.0
	for range 40 {
		months = math.Exp(math.Log(10) + 0.75*s.NormFloat64())
		if months > 6.2 && months < longest {
			break
		}
		months = 6.3 // an infant whose parents left half a year ago
	}
	c.since = after(d.today, -int(months*30.44)-2)
	if c.since.Before(c.birth) {
		c.since = after(c.birth, 20)
	}
}

// copyTwins makes each duplicate the second file of a registered child, in
// another village and with the same identity number.
func (d *District) copyTwins(s stream) {
	var registered []*child
	for _, c := range d.children {
		if c.story == nil && c.leftBehind() {
			registered = append(registered, c)
		}
	}
	next := 0
	s.Shuffle(len(registered), func(i, j int) { registered[i], registered[j] = registered[j], registered[i] })
	for i, c := range d.children {
		if c.kind != duplicate {
			continue
		}
		twin := registered[next]
		next++
		clone := *twin
		clone.id, clone.kind, clone.twin, clone.status = c.id, duplicate, twin, "VERIFYING"
		clone.village = d.someVillage(d.townships[(s.IntN(14)+1)%15], s)
		if clone.village == twin.village {
			clone.village = d.townships[(twin.village.town.id-1)%15].villages[0]
		}
		clone.studentNo, clone.school, clone.stage, clone.year = "", nil, noSchool, 0
		d.children[i] = &clone
	}
}

// plantDefects spoils the data as in life: see section 7.2.
func (d *District) plantDefects(s stream) {
	var plain []*child
	for _, c := range d.children {
		if c.story == nil && c.registered() {
			plain = append(plain, c)
		}
	}
	s.Shuffle(len(plain), func(i, j int) { plain[i], plain[j] = plain[j], plain[i] })
	take := func(n int) []*child {
		taken := plain[:n]
		plain = plain[n:]
		return taken
	}
	total := len(plain)
	share := func(p float64) int { return max(1, int(math.Round(p*float64(total)))) }
	for _, c := range take(share(0.01)) {
		c.mismatch = true
		c.birth = after(c.birth, 1+s.IntN(3))
	}
	for _, c := range take(share(0.003)) {
		c.docType, c.hukouType, c.citizenID = noDocument, "NONE", ""
	}
	for _, c := range take(share(0.004)) {
		c.stale = true
	}
	for i, c := range take(2) {
		d.noted[c] = "残疾证号" + withCheckDigit(areaPrefix+c.birth.Format("20060102")+"900") + []string{"43", "52"}[i] + "，需办理补贴。"
	}
	for _, c := range take(3) {
		c.moved = true
		c.hukou = c.village
		c.village = d.someVillage(d.townships[(c.village.town.id-1+3)%15], s)
	}
	for _, c := range d.children {
		if c.story == nil && c.docType != noDocument && fullYears(c.birth, d.today) < 2 && s.chance(0.3) {
			c.docType = "BIRTH_CERTIFICATE"
		}
	}
}

const noDocument = "NONE"

// monthsAgo is a day a number of months before the district's day.
func (d *District) monthsAgo(n int) time.Time { return d.today.AddDate(0, -n, 0) }
