package resolvers

import "github.com/tongxin-hub/tongxin/internal/disclosure"

// Resolver is what the resolvers stand on.
type Resolver struct{ Gate *disclosure.Gate }
