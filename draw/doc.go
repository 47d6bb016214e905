// Package draw makes draws that nobody can bend: which route of a mix, when an
// exercise starts, when a sweep runs.
//
// Nobody can predict a draw before its release, roll it again, change the odds
// or swap a party afterwards; everybody entitled can recompute it. Three things
// are put together, and each alone is enough against whom it is meant for:
//
//   - A public beacon round that lies in the future when the draw is committed
//     gives fairness: nobody, all parties together included, can know or choose
//     it.
//   - A secret of each party gives secrecy: whoever reads the beacon and the
//     record without all the secrets learns nothing of the outcome.
//   - Countersignatures of all parties over one commitment, made before the
//     round and entered in a log without gaps, give finality: one honest party is
//     enough to stop a second roll, a later date or another mix.
//
// The steps are Open, NewPart, Record.Close, Record.Countersign, Record.Seal,
// then NewReveal and NewRelease; Record.Check and Release.Check run everything
// again. docs/format/draw.md states every byte, docs/draw.md who types what.
//
// The package reads no clock and keeps no state: time and randomness are
// parameters, except that sealing a share takes its ephemeral key from the
// operating system, as crypto/hpke does.
package draw
