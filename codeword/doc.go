// Package codeword gives the things of a movement words to be called by: drawn at
// random from a list of its own so that no two that are live at one time sound
// alike, kept in a book that only grows, and never given out again while live.
// From the same book come the naming of documents and exports, the reading of
// typed references in free texts, and, apart from it, voice authentication
// sheets.
//
// Code words hide what is spoken of from who overhears it without the list. They
// encrypt nothing.
package codeword
