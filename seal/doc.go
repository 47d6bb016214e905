// Package seal makes documents into files that only their readers can read, and
// opens such files.
//
// A sealed file is age(signed statement ‖ document): the statement says which
// document of which order and version this is, by whom, for whom and for what
// time, and is signed inside the encryption. Open reads the whole file and holds
// it against the role file, what the device has seen before and the clock; it
// returns the document only when everything holds. docs/format/sealed.md states
// the formats to the byte, docs/security.md what they protect and what not.
//
// Around sealed files there are current lists (which version is in force),
// release shares (without which a file cannot be read although it is there), and
// acknowledgements (who has read what).
//
// Nothing here reads a clock or a file. Randomness is a parameter, but for the
// file keys of age, which age takes from the system.
package seal
