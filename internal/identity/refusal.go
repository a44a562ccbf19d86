package identity

import (
	"errors"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// The refusals below are all the sentences this package says to a caller. The
// reason is for the log; it is one of a fixed set of phrases and never holds
// any part of a token.

func refuseMissing() error {
	return fault.New(fault.Unauthenticated,
		"请求没有携带访问令牌。请向本单位认证系统取得令牌，放入 Authorization: Bearer 请求头后重试。",
		"The request carries no access token; get one from your agency's issuer and send it as Authorization: Bearer.")
}

func refuseInvalid(reason string) error {
	return fault.Wrap(fault.Unauthenticated,
		"访问令牌无效。请向本单位认证系统重新取得令牌后重试。",
		"The access token is not valid; get a new one from your agency's issuer and try again.",
		errors.New(reason))
}

func refuseExpired() error {
	return fault.New(fault.Unauthenticated,
		"访问令牌已过期。请向本单位认证系统重新取得令牌后重试。",
		"The access token has expired; get a new one from your agency's issuer and try again.")
}

func refuseAudience() error {
	return fault.New(fault.Unauthenticated,
		"该令牌不是单独发给本枢纽的。请以本枢纽为唯一受众申请令牌。",
		"The access token is not meant for this hub alone; request one whose only audience is this hub.")
}

func refuseCertificate(reason string) error {
	return fault.Wrap(fault.Unauthenticated,
		"令牌与连接所用的客户端证书不相符。请使用申请令牌时的证书建立连接，或以当前证书重新申请令牌。",
		"The access token does not match the client certificate of the connection; connect with the certificate that the token was issued to, or get a token for this one.",
		errors.New(reason))
}

func refuseUnknownStaff() error {
	return fault.New(fault.Unauthenticated,
		"该账号未在枢纽人员名册中登记。请联系本单位枢纽管理员登记后再试。",
		"This account is not in the hub's staff register; ask your agency's hub administrator to enter it.")
}

func refuseDisabled() error {
	return fault.New(fault.Unauthenticated,
		"该账号已停用。如需恢复，请联系本单位枢纽管理员。",
		"This account is disabled; ask your agency's hub administrator if it should be restored.")
}

func refuseSuspended() error {
	return fault.New(fault.Unauthenticated,
		"该接入系统已被停用。请联系枢纽管理员。",
		"This client system is suspended; ask the hub's administrators.")
}

func issuerUnavailable(cause error) error {
	return fault.Wrap(fault.Unavailable,
		"暂时无法取得本单位认证系统的签名公钥。请稍后重试；持续出现请联系枢纽运维人员。",
		"The signing keys of your agency's issuer are out of reach; try again later and tell the hub's operators if it goes on.",
		cause)
}

func registerUnavailable(cause error) error {
	return fault.Wrap(fault.Unavailable,
		"暂时无法核对人员名册。请稍后重试；持续出现请联系枢纽运维人员。",
		"The staff register is out of reach; try again later and tell the hub's operators if it goes on.",
		cause)
}
