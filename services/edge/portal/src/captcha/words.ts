import { bilingual } from '@/i18n'

export const words = bilingual(
  {
    label: '图形验证码',
    hint: '请输入图中的字符，不区分大小写',
    picture: '图形验证码',
    renew: '换一张',
    byDevice: '看不清？用设备自动验证',
    solving: '设备正在计算，通常需要几秒…',
    solved: '设备已自动通过验证',
    byPicture: '改用图形验证码',
  },
  {
    label: 'Picture code',
    hint: 'Type the characters in the picture; capitals do not matter',
    picture: 'Picture code',
    renew: 'Another picture',
    byDevice: 'Cannot read it? Let the device answer',
    solving: 'Your device is computing; this takes a few seconds…',
    solved: 'Your device has answered',
    byPicture: 'Use a picture instead',
  },
)
