package access

import "github.com/tongxin-hub/tongxin/internal/flow"

// The states of posts, accounts and clients, and of contracts.
const (
	Held      = "HELD"
	Ended     = "ENDED"
	Active    = "ACTIVE"
	Suspended = "SUSPENDED"
	Running   = "RUNNING"
	Over      = "OVER"
	Returned  = "RETURNED"
)

func text(zh, en string) flow.Text { return flow.Text{ZH: zh, EN: en} }

// administrators propose; they and the protection officer close at once.
func administrators() []string { return []string{"ADM"} }

func closers() []string { return []string{"ADM", "DPO"} }

// Posts is the way of a post: given by an approved proposal, ended by one person or
// by its disuse.
func Posts() flow.Machine {
	held := []string{Held}
	return flow.Machine{
		Name: "post", Text: text("岗位", "post"),
		States: []flow.State{
			{Code: Held, Text: text("任职中", "held")},
			{Code: Ended, Text: text("已离任", "ended"), Final: true},
		},
		Moves: []flow.Move{
			{
				Name: "confirmPost", Text: text("确认仍需要", "confirm that it is needed"), From: held, To: Held, Roles: []string{"DPO", "STA"},
				Due: "recertify_days", Unit: flow.WorkingDays, Basis: "设定值（本区）；网络保护条例36",
			},
			{Name: "renewPost", Text: text("申请续期授权", "propose a renewal"), From: held, To: Held, Roles: administrators()},
			{Name: "widenPost", Text: text("申请扩大或调整负责范围", "propose another or wider reach"), From: held, To: Held, Roles: administrators()},
			{Name: "narrowPost", Text: text("缩小负责范围（立即生效）", "narrow the reach at once"), From: held, To: Held, Roles: closers()},
			{Name: "endPost", Text: text("结束岗位（立即生效）", "end the post at once"), From: held, To: Ended, Roles: []string{"ADM", "DPO", "STA"}},
			{Name: "lapsePost", Text: text("长期未用，自动收回", "lapse, for it is unused"), From: held, To: Ended, Roles: []string{flow.System}},
		},
	}
}

// Accounts is the way of a person's account.
func Accounts() flow.Machine {
	return flow.Machine{
		Name: "staffAccount", Text: text("人员账号", "account"),
		States: []flow.State{
			{Code: Active, Text: text("启用", "active")},
			{Code: Suspended, Text: text("已停用", "suspended")},
		},
		Moves: []flow.Move{
			{Name: "vetStaff", Text: text("申请登记背景审查结果", "propose the result of a vetting"), From: []string{Active}, To: Active, Roles: administrators()},
			{Name: "suspendStaff", Text: text("停用账号（立即生效）", "suspend at once"), From: []string{Active}, To: Suspended, Roles: closers()},
			{Name: "resumeStaff", Text: text("申请恢复账号", "propose to resume"), From: []string{Suspended}, To: Active, Roles: administrators()},
		},
	}
}

// Contracts is the way of an entrusted processor's contract.
func Contracts() flow.Machine {
	return flow.Machine{
		Name: "contract", Text: text("购买服务合同", "service contract"),
		States: []flow.State{
			{Code: Running, Text: text("履行中", "running")},
			{Code: Over, Text: text("已终止，待返还数据", "over, data to be returned")},
			{Code: Returned, Text: text("数据已返还或删除", "data returned or deleted"), Final: true},
		},
		Moves: []flow.Move{
			{Name: "extendContract", Text: text("申请续签或变更用途", "propose an extension or other purposes"), From: []string{Running}, To: Running, Roles: administrators()},
			{Name: "endContract", Text: text("终止合同（立即生效）", "end the contract at once"), From: []string{Running}, To: Over, Roles: closers()},
			{Name: "contractOver", Text: text("到期", "run out"), From: []string{Running}, To: Over, Roles: []string{flow.System}},
			{
				Name: "confirmReturn", Text: text("确认数据已返还或删除", "confirm that the data were returned or deleted"), From: []string{Over}, To: Returned, Roles: administrators(),
				Due: "contract_return_days", Unit: flow.WorkingDays, Basis: "个保法21；日数为设定值（本区）",
			},
		},
	}
}

// Clients is the way of a registered system.
func Clients() flow.Machine {
	active := []string{Active}
	return flow.Machine{
		Name: "client", Text: text("接入系统", "client system"),
		States: []flow.State{
			{Code: Active, Text: text("启用", "active")},
			{Code: Suspended, Text: text("已停用", "suspended")},
		},
		Moves: []flow.Move{
			{Name: "rotateClient", Text: text("申请更换证书", "propose another certificate"), From: active, To: Active, Roles: administrators()},
			{Name: "suspendClient", Text: text("停用系统（立即生效）", "suspend at once"), From: active, To: Suspended, Roles: closers()},
			{Name: "resumeClient", Text: text("申请恢复系统", "propose to resume"), From: []string{Suspended}, To: Active, Roles: administrators()},
		},
	}
}
