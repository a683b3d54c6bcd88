import { bilingual } from '@/i18n'

export const words = bilingual(
  {
    label: '短信验证码',
    send: '获取验证码',
    again: '重新获取',
    wait: (n: number) => `${n} 秒后可重发`,
    sent: (mobile: string) => `验证码已发送至 ${mobile}，5 分钟内有效`,
    over: '验证码已过期，请重新获取',
    wrong: '请输入 6 位数字',
  },
  {
    label: 'SMS code',
    send: 'Send code',
    again: 'Send again',
    wait: (n: number) => `Again in ${n} s`,
    sent: (mobile: string) => `A code was sent to ${mobile}; it is good for five minutes`,
    over: 'This code is too old; please have another one sent',
    wrong: 'Six digits, please',
  },
)
