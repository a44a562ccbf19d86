package demo

import (
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// District is a made-up district, held in memory until Fill writes it.
type District struct {
	options Options
	sizes   sizes
	today   time.Time

	last, current term
	divisions     []division
	townships     []*township
	agencies      []agency
	bureaux       map[string]int64 // agency code to id
	schools       []*school
	clinics       []clinic
	contracts     []contract
	staff         []*worker
	posts         []*post
	byRole        map[string][]*worker
	former        []*worker
	classes       []*class
	children      []*child
	years         *chronicle
	noted         map[*child]string // texts that hold a disability number
}

// New makes up the district. It touches no database; the fault is BadRequest
// when the options make no sense.
func New(o Options) (*District, error) {
	size, err := o.sizes()
	if err != nil {
		return nil, fault.Wrap(fault.BadRequest, "演示区的参数有误。", "The options of the demo district are wrong.", err)
	}
	if o.Scale == "" {
		o.Scale = Small
	}
	d := &District{
		options: o, sizes: size, today: midnight(o.Today),
		bureaux: map[string]int64{}, byRole: map[string][]*worker{}, noted: map[*child]string{},
	}
	d.makeTerms()
	d.makePlaces()
	d.makeBureaux()
	d.makeContracts()
	d.makeChildren()
	d.makeSchools()
	d.makeStaff()
	d.makeClasses()
	d.makeAdministrators()
	d.enrolPupils()
	d.makeChronicle()
	return d, nil
}

// Today is the day the district is told of.
func (d *District) Today() time.Time { return d.today }
