package workbooks_engine_types

import "fmt"

// Error says in words why the host refused a call, or why it failed.
func (self Error) Error() string {
	switch self.Tag() {
	case ErrorRevoked:
		return "the grant was withdrawn"
	case ErrorRateLimited:
		return fmt.Sprintf("over the rate; again in %d ms", self.RateLimited())
	case ErrorTooLarge:
		return fmt.Sprintf("over the cap of %d bytes", self.TooLarge())
	case ErrorQuota:
		return fmt.Sprintf("over the quota of %d", self.Quota())
	case ErrorTimeout:
		return "the deadline passed"
	case ErrorCancelled:
		return "cancelled"
	case ErrorNotFound:
		return "not found"
	case ErrorConflict:
		return "it exists already, or has changed"
	case ErrorUnsupported:
		return "unsupported: " + self.Unsupported()
	case ErrorInvalid:
		return "invalid: " + self.Invalid()
	case ErrorDenied:
		return "denied: " + self.Denied()
	case ErrorUnavailable:
		return "unavailable: " + self.Unavailable()
	default:
		return self.Other().Message
	}
}
