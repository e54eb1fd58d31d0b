import { type AuthRequest, TechMicroService } from 'coworks'
import dayjs from 'dayjs'
import Mustache from 'mustache'
import { asset } from './lib/assets.js'
import { price } from './lib/money.js'
import { stages } from './lib/stages.js'

interface Product {
  readonly id: string
  readonly name: string
  readonly cents: number
}

class Catalog extends TechMicroService {
  /** Everybody may look. */
  auth(_request: AuthRequest) {
    return true
  }

  get({ page = '1', size = '20' } = {}) {
    const from = (Number(page) - 1) * Number(size)
    return { products: this.products().slice(from, from + Number(size)) }
  }

  get_product(id: string) {
    const product = this.products().find((one) => one.id === id)
    if (product === undefined) return [{ error: `no product ${id}` }, 404]
    const view = { ...product, price: price(product.cents), day: dayjs().format('YYYY-MM-DD') }
    return [Mustache.render(asset('src/catalog', 'product.html'), view), 200, { 'content-type': 'text/html' }]
  }

  private products(): readonly Product[] {
    return JSON.parse(asset('src/catalog', 'products.json'))
  }
}

export const catalog = new Catalog({ name: 'api', configs: stages(['dev', 'staging', 'prod'], { layers: ['catalog-layer'] }) })
