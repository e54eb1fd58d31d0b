import { type AuthRequest, TechMicroService } from 'coworks'
import dayjs from 'dayjs'
import Mustache from 'mustache'
import { asset } from './lib/assets.js'
import { stages } from './lib/stages.js'
import { known } from './lib/token.js'

class Mail extends TechMicroService {
  auth(request: AuthRequest) {
    return known(request.token)
  }

  /** The text of the mail; sending it is left out. */
  post_confirmation({ name = 'customer', order = '' } = {}) {
    const view = { name, order, day: dayjs().format('D MMMM YYYY') }
    return { to: name, html: Mustache.render(asset('src/mail', 'confirmation.html'), view) }
  }
}

export const mail = new Mail({ name: 'worker', configs: stages(['dev', 'prod'], { timeout: 60 }) })
