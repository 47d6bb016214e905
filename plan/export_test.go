package plan

// Sound lets tests outside the package check what must hold of any plan.
var Sound = sound
