// Package balancer takes services out of their load balancers and puts them back: by HAProxy's runtime API or by HTTP requests.
// When that is done is decided by others; so is what commands do.
package balancer
