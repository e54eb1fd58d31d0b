import { type AuthRequest, Blueprint, TechMicroService } from 'coworks'
import dayjs from 'dayjs'
import { nanoid } from 'nanoid'
import { price } from './lib/money.js'
import { stages } from './lib/stages.js'
import { known } from './lib/token.js'

class Orders extends TechMicroService {
  auth(request: AuthRequest) {
    return known(request.token)
  }

  get(id: string) {
    return { id, placed: dayjs().subtract(1, 'day').toISOString(), total: price(1250) }
  }

  post({ cart = '' } = {}) {
    if (cart === '') return [{ error: 'which cart?' }, 400]
    return [{ id: nanoid(10), cart }, 201]
  }
}

/** What the carrier calls: under /delivery, with what it may see and no more. */
class Delivery extends Blueprint {
  auth(request: AuthRequest) {
    return known(request.token) ? ['delivery/*'] : false
  }

  get_slip(order: string) {
    return `Order ${order}\n`
  }

  put_state(order: string, { state = 'sent' } = {}) {
    return { order, state }
  }
}

export const orders = new Orders({ name: 'api', configs: stages(['dev', 'staging', 'prod']) })
orders.registerBlueprint(new Delivery(), { urlPrefix: '/delivery' })
