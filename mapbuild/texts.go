package mapbuild

import (
	"slices"
	"strings"
)

// texts interns strings: equal strings have equal numbers; 0 is "".
type texts struct {
	list  []string
	index map[string]uint32
}

func newTexts() *texts {
	return &texts{list: []string{""}, index: map[string]uint32{"": 0}}
}

func (t *texts) add(s []byte) uint32 {
	if n, ok := t.index[string(s)]; ok {
		return n
	}
	return t.addString(strings.ToValidUTF8(string(s), "\uFFFD"))
}

func (t *texts) addString(s string) uint32 {
	if n, ok := t.index[s]; ok {
		return n
	}
	n := uint32(len(t.list))
	t.list = append(t.list, s)
	t.index[s] = n
	return n
}

// A tag is a kept tag of an object: its key and the number of its value.
type tag struct {
	key key
	val uint32
}

// tags are the kept tags of one object.
type tags struct {
	list []tag
	text *texts
}

// get returns the value of k, "" when the object has no such tag.
func (t tags) get(k key) string {
	for _, x := range t.list {
		if x.key == k {
			return t.text.list[x.val]
		}
	}
	return ""
}

// has reports whether the object has the key with a value that is not empty.
func (t tags) has(k key) bool { return t.get(k) != "" }

// is reports whether the value of k is one of vals.
func (t tags) is(k key, vals ...string) bool {
	v := t.get(k)
	if v == "" {
		return false
	}
	return slices.Contains(vals, v)
}

// keyName returns the key as it is written in the data.
func (t *texts) keyName(k key) string {
	if k&dynamicKey != 0 {
		return t.list[k&^dynamicKey]
	}
	return keyNames[k]
}
