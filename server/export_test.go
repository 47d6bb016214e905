package server

// NewMemory returns the store that tests of this package use.
func NewMemory() interface {
	Store
	Leases
} {
	return newMemory()
}
