package keys

import "strings"

const bech32Letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// bech32Encode writes data as BIP 173 does, without its bound on the length, as
// age writes its keys: prefix, "1", groups of five bits as letters, six letters
// of checksum.
func bech32Encode(prefix string, data []byte) string {
	var groups []byte
	buffer, bits := uint32(0), 0
	for _, b := range data {
		buffer, bits = buffer<<8|uint32(b), bits+8
		for bits >= 5 {
			bits -= 5
			groups = append(groups, byte(buffer>>bits)&31)
		}
		buffer &= 1<<bits - 1
	}
	if bits > 0 {
		groups = append(groups, byte(buffer<<(5-bits))&31)
	}
	sum := uint32(1)
	feed := func(group byte) {
		top := sum >> 25
		sum = (sum&0x1ffffff)<<5 ^ uint32(group)
		for i, generator := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= generator
			}
		}
	}
	for _, c := range []byte(prefix) {
		feed(c >> 5)
	}
	feed(0)
	for _, c := range []byte(prefix) {
		feed(c & 31)
	}
	var out strings.Builder
	out.WriteString(prefix + "1")
	for _, g := range groups {
		feed(g)
		out.WriteByte(bech32Letters[g])
	}
	for range 6 {
		feed(0)
	}
	sum ^= 1
	for i := range 6 {
		out.WriteByte(bech32Letters[sum>>(5*(5-i))&31])
	}
	return out.String()
}
