package e2e

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/packet"
)

// deliver lets a hub try what is queued, as if it were due.
func (s *survey) deliver() {
	s.t.Helper()
	change(s.t, s.h, `UPDATE transfer_message SET next_try_at = created_at WHERE next_try_at IS NOT NULL`)
	s.h.RunJobs(s.t, "moving.deliver", "moving.unreached")
}

// arrived are the children that a hub got, the newest last.
func arrived(t *testing.T, h *hubtest.Hub) []int64 {
	t.Helper()
	return single[[]int64](t, h, `SELECT coalesce(array_agg(child_id ORDER BY id), '{}') FROM transfer_request WHERE incoming`)
}

// TestStory_twoHubs hands a child over to the hub of another county, with the minimum that
// the supervisor may read. The road is shut at first, then loses a receipt; nothing is
// lost or doubled. What is not from a partner, or not for this hub, leaves no trace of a
// child. The other place decides, and only its acceptance ends being left behind here.
func TestStory_twoHubs(t *testing.T) {
	t.Parallel()
	a, b, out, back := twoHubs(t, demo.Jinsui)
	change(t, a.h, `DELETE FROM transfer_request WHERE child_id = $1`, a.child)
	sup, their := with(a.sup, "VISIT_SUPERVISION"), with(b.sup, "VISIT_SUPERVISION")
	to := single[string](t, b.h, `SELECT v.code FROM child c JOIN division v ON v.id = c.residence_village_id WHERE c.id = $1`, b.child)
	from, theirs := size(t, a.h), size(t, b.h)

	out.shut.Store(true)
	moving := map[string]any{"toArea": to, "withParents": true, "summary": "全家随父母外出，请当地接续关爱。"}
	a.move(sup, "handOver", moving, "SENT")
	a.move(sup, "handOver", moving, "CONFLICT input")
	a.move(sup, "exitRegister", map[string]any{"reason": "JOINED_PARENTS", "evidence": "TRANSFER"}, "CONFLICT input.evidence")
	left := entries(t, a.h, from)[0].Shown[a.child]
	for coordinate, want := range map[string]string{
		"Child.name": "FULL", "Child.birthDate": "FULL", "Caregiver.phone": "FULL", "Visit.plannedOn": "FULL",
		"Child.citizenId": "", "Child.residenceAddress": "", "Registration.riskLevel": "",
	} {
		if left[coordinate] != want {
			t.Errorf("the entry says of %s: %q, want %q", coordinate, left[coordinate], want)
		}
	}
	a.deliver()
	if n := tasked(t, a.h, sup, "MOVE_UNREACHABLE"); n != 0 {
		t.Errorf("the supervisor was told %d times at once", n)
	}
	change(t, a.h, `UPDATE transfer_message SET created_at = created_at - interval '3 days'`)
	a.deliver()
	if n := tasked(t, a.h, sup, "MOVE_UNREACHABLE"); n != 1 || len(arrived(t, b.h)) != 0 {
		t.Errorf("the supervisor was told %d times, %d children arrived over a shut road", n, len(arrived(t, b.h)))
	}
	out.shut.Store(false)
	out.lose.Store(true)
	a.deliver()
	out.lose.Store(false)
	a.deliver()
	if got := arrived(t, b.h); len(got) != 1 || tasked(t, a.h, sup, "MOVE_UNREACHABLE") != 0 {
		t.Fatalf("%v arrived after a lost receipt", got)
	}
	b.child = arrived(t, b.h)[0]
	attack(t, b, out.sent())

	if n := tasked(t, b.h, their, "MOVE_INCOMING"); n != 1 {
		t.Errorf("the receiving supervisor has %d tasks", n)
	}
	name := single[string](t, a.h, `SELECT name FROM child WHERE id = $1`, a.child)
	b.sees("the receiving supervisor", their, "name citizenId registration { status } transfers { state mode contact summary }",
		`{"child":{"name":"`+name+`","citizenId":null,"registration":{"status":null},"transfers":[{"state":"SENT","mode":"WITH_PARENTS","contact":"`+contactPost+" "+contactPhone+`","summary":null}]}}`)
	b.move(their, "acceptTransfer", map[string]any{"area": to}, "BAD_REQUEST input.since")
	b.move(their, "acceptTransfer", map[string]any{"area": "990299001999", "since": "2026-09-01"}, "BAD_REQUEST input.area")
	b.move(their, "acceptTransfer", map[string]any{"area": to, "since": "2026-09-01"}, "ACCEPTED")
	b.move(their, "refuseTransfer", map[string]any{"reason": "NOT_HERE"}, "CONFLICT input")
	a.move(sup, "withdrawTransfer", nil, "CONFLICT input")
	a.sees("before the answer, on the register", sup, "registration { status }", `{"child":{"registration":{"status":"REGISTERED"}}}`)
	back.lose.Store(true)
	b.deliver()
	back.lose.Store(false)
	b.deliver()
	a.sees("with the answer", sup, "registration { status exitReason } transfers { state }", `{"child":{"registration":{"status":"EXITED","exitReason":"JOINED_PARENTS"},"transfers":[{"state":"ACCEPTED"}]}}`)
	if n := tasked(t, a.h, sup, "MOVE_ANSWER"); n != 1 {
		t.Errorf("the supervisor has %d answers", n)
	}
	migrant(t, b)
	var got []string
	for _, e := range entries(t, a.h, from) {
		got = append(got, strings.TrimSpace(e.Role+" "+e.Operation+" "+e.Outcome+" "+e.Reason))
	}
	if diff := cmp.Diff([]string{
		"SUP TransferPacket ALLOWED", "SUP HandOver ALLOWED SENT", "SUP HandOver DENIED CONFLICT", "SUP ExitRegister DENIED CONFLICT",
		"job.moving.unreached ALLOWED UNREACHED", "job.moving.deliver ALLOWED TRANSFER", "SUP WithdrawTransfer DENIED CONFLICT", "SUP File ALLOWED",
		"transfer.receive ALLOWED ANSWER ACCEPTED", "SUP File ALLOWED",
	}, got); diff != "" {
		t.Errorf("the sender's file reads (-want +got):\n%s", diff)
	}
	var held int
	for _, e := range entries(t, b.h, theirs) {
		if e.Operation == "transfer.receive" && e.Outcome == "ALLOWED" && e.Reason == "TRANSFER" && e.Shown[b.child] != nil {
			held++
		}
	}
	if held != 1 {
		t.Errorf("the receiver's log holds the arrival %d times", held)
	}
	stillLeftBehind(t, a, b, out)
}

// migrant surveys the child that has arrived: a migrant child after six months, not before.
func migrant(t *testing.T, b *survey) {
	t.Helper()
	b.move(b.asked(b.director, "REGISTER_CLAIM"), "claimChild", nil, "CLAIMED")
	b.move(b.asked(b.director, "REGISTER_VERIFY"), "verifyChild", map[string]any{"careReason": "NOT_COLLECTED"}, "VERIFYING")
	sup := b.asked(b.sup, "REGISTER_CONFIRM")
	b.move(sup, "confirmRegistration", map[string]any{"riskLevel": "GREEN"}, "CONFLICT input")
	change(t, b.h, `UPDATE parameter SET value = '2' WHERE name = 'migrant_months'`)
	b.move(sup, "confirmRegistration", map[string]any{"riskLevel": "GREEN"}, "REGISTERED")
	if kinds := single[[]string](t, b.h, `SELECT kinds FROM registration WHERE child_id = $1`, b.child); cmp.Diff([]string{"MIGRANT"}, kinds) != "" {
		t.Errorf("registered as %v", kinds)
	}
}

// attack sends the receiving hub what no partner may: each is refused with a code, and
// leaves no child.
func attack(t *testing.T, b *survey, sealed []byte) {
	t.Helper()
	at, theirs := single[time.Time](t, b.h, `SELECT max(expires_at) - interval '60 days' FROM transfer_message`), size(t, b.h)
	child := packet.Transfer{
		Mode: packet.WithParents, FromArea: hereArea, ToArea: thereTown, Agency: "x", Child: packet.Identity{Name: "测试", Sex: "MALE", BirthDate: "2017-01-01"},
		Caregivers: []packet.Caregiver{}, Open: []packet.Work{}, Contact: packet.Contact{Post: "x", Phone: "x"},
	}
	good := packet.Packet{ID: "attack", Kind: packet.TransferKind, Issued: at.Unix(), Expires: at.Add(24 * time.Hour).Unix(), Move: &child}
	with := func(change func(p *packet.Packet)) packet.Packet {
		p, moved := good, child
		p.Move = &moved
		change(&p)
		return p
	}
	altered := bytes.Clone(sealed)
	altered[len(altered)-30] ^= 1
	known := single[string](t, b.h, `SELECT id FROM transfer_message`)
	for name, c := range map[string]struct {
		sealed []byte
		want   string
	}{
		"altered":           {altered, "Unauthorized UNAUTHENTICATED"},
		"not a packet":      {[]byte("{}"), "Unauthorized UNAUTHENTICATED"},
		"unknown sender":    {wrapped(t, nobody, here, there, good), "Unauthorized UNAUTHENTICATED"},
		"wrong addressee":   {wrapped(t, hereKey, here, here+".org", with(func(*packet.Packet) {})), "Forbidden FORBIDDEN"},
		"another's name":    {wrapped(t, hereKey, nobody, there, good), "Forbidden FORBIDDEN"},
		"expired":           {wrapped(t, hereKey, here, there, with(func(p *packet.Packet) { p.Issued, p.Expires = p.Issued-200, p.Issued-100 })), "Forbidden FORBIDDEN"},
		"oversized":         {bytes.Repeat([]byte("x"), packet.MaxSealed+1), "Request Entity Too Large COST_LIMIT"},
		"another of its id": {wrapped(t, hereKey, here, there, with(func(p *packet.Packet) { p.ID = known })), "Conflict CONFLICT"},
		"no such place":     {wrapped(t, hereKey, here, there, with(func(p *packet.Packet) { p.Move.ToArea = "990500001001" })), "Not Found NOT_FOUND"},
		"no such transfer": {wrapped(t, hereKey, here, there, with(func(p *packet.Packet) {
			p.Kind, p.Move, p.Answer = packet.AnswerKind, nil, &packet.Answer{Transfer: known, Decision: packet.Accepted}
		})), "Not Found NOT_FOUND"},
		"replayed": {sealed, "OK "},
	} {
		if got := posts(t, b.h, c.sealed); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if n := single[int](t, b.h, `SELECT count(*) FROM child WHERE name = '测试'`); n != 0 || len(arrived(t, b.h)) != 1 {
		t.Errorf("attacks left %d children, %d arrived", n, len(arrived(t, b.h)))
	}
	denied := 0
	for _, e := range entries(t, b.h, theirs) {
		if e.Outcome == "ALLOWED" || len(e.Shown) > 0 {
			t.Errorf("an attack is on record as %s %s", e.Operation, e.Outcome)
		}
		denied++
	}
	if denied != 6 {
		t.Errorf("%d refusals of a known hub are on record, want 6", denied)
	}
}

// stillLeftBehind hands over three children who live with relatives elsewhere: one is
// accepted and stays on the register here, one is refused and forgotten there, and one is
// withdrawn before it has arrived and goes on paper.
func stillLeftBehind(t *testing.T, a, b *survey, out *road) {
	t.Helper()
	sup, their := with(a.sup, "VISIT_SUPERVISION"), with(b.sup, "VISIT_SUPERVISION")
	children := single[[]int64](t, a.h, `SELECT array_agg(x.id) FROM (SELECT c.id FROM child c JOIN registration r ON r.child_id = c.id
		WHERE c.residence_township_id = (SELECT residence_township_id FROM child WHERE id = $1) AND r.status = 'REGISTERED' AND c.shield = 'NONE' AND c.id > 20
		  AND NOT EXISTS (SELECT FROM transfer_request t WHERE t.child_id = c.id) ORDER BY c.id LIMIT 3) x`, a.child)
	village := single[string](t, b.h, `SELECT min(v.code) FROM division v WHERE v.parent_id = (SELECT residence_township_id FROM child WHERE id = $1)`, b.child)
	for i, child := range children {
		a.child = child
		out.shut.Store(i == 2)
		a.move(sup, "handOver", map[string]any{"toArea": village, "withParents": false, "summary": "随亲属居住外县，户籍地继续牵头。"}, "SENT")
		a.deliver()
	}
	a.move(sup, "withdrawTransfer", nil, "RETURNED")
	if n := tasked(t, a.h, a.manager, "MOVE_SEND"); n != 1 {
		t.Errorf("the case manager has %d to send on paper", n)
	}
	out.shut.Store(false)
	a.deliver()
	got := arrived(t, b.h)
	if len(got) != 3 {
		t.Fatalf("%d arrived", len(got))
	}
	b.child = got[1]
	b.move(their, "acceptTransfer", map[string]any{"area": village}, "BAD_REQUEST input.riskLevel")
	b.move(their, "acceptTransfer", map[string]any{"area": village, "riskLevel": "YELLOW"}, "ACCEPTED")
	b.child = got[2]
	b.move(their, "refuseTransfer", map[string]any{"key": "refuse", "reason": "NOT_HERE"}, "REFUSED")
	b.move(their, "refuseTransfer", map[string]any{"key": "refuse", "reason": "NOT_HERE"}, "REFUSED")
	b.sees("who is refused has no name", their, "name", `{"child":{"name":null}}`)
	b.deliver()
	for i, want := range []string{"ACCEPTED REGISTERED", "REFUSED REGISTERED", "RETURNED REGISTERED"} {
		state := single[string](t, a.h, `SELECT t.state || ' ' || r.status FROM transfer_request t JOIN registration r ON r.child_id = t.child_id WHERE t.child_id = $1`, children[i])
		if state != want {
			t.Errorf("child %d stands at %s, want %s", i, state, want)
		}
	}
	hosted := single[string](t, b.h, `SELECT status || ' ' || risk_level || ' ' || coalesce(left_behind, true) FROM registration WHERE child_id = $1`, got[1])
	if hosted != "REGISTERED YELLOW false" {
		t.Errorf("the hosted child is %s", hosted)
	}
	change(t, b.h, `UPDATE registration SET exited_on = '2026-11-22' WHERE child_id = $1`, got[2])
	gone(t, "who is refused, the next day", b.h, their, got[2])
}
