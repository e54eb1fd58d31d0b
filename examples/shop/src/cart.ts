import { type AuthRequest, TechMicroService } from 'coworks'
import ms from 'ms'
import { nanoid } from 'nanoid'
import { total } from './lib/money.js'
import { stages } from './lib/stages.js'
import { known } from './lib/token.js'

interface Line {
  readonly product: string
  readonly cents: number
  readonly quantity: number
}

class Cart extends TechMicroService {
  auth(request: AuthRequest) {
    return known(request.token)
  }

  post() {
    const ttl = ms((process.env.CART_TTL ?? '1h') as ms.StringValue)
    return [{ id: nanoid(), expires: new Date(Date.now() + ttl).toISOString() }, 201]
  }

  post_total({ lines = [] as readonly Line[] } = {}) {
    return { cents: total(lines) }
  }

  delete(id: string) {
    return { deleted: id }
  }
}

export const cart = new Cart({ name: 'api', configs: stages(['dev', 'staging', 'prod']) })
