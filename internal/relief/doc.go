// Package relief is temporary relief (社会救助暂行办法47–48): a need is found, applied
// for, checked, published without a word of the child or kept from publicity, decided,
// paid and closed; where it is urgent, money comes first and papers after.
package relief
