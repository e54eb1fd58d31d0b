import { type AuthRequest, TechMicroService } from 'coworks'
import Mustache from 'mustache'
import { asset } from './lib/assets.js'
import { stages } from './lib/stages.js'
import { known } from './lib/token.js'

class Admin extends TechMicroService {
  auth(request: AuthRequest) {
    return known(request.token)
  }

  get() {
    const page = Mustache.render(asset('src/admin', 'index.html'), { stage: process.env.STAGE, orders: 3 })
    return [page, 200, { 'content-type': 'text/html' }]
  }

  get_style() {
    return [asset('src/admin', 'style.css'), 200, { 'content-type': 'text/css' }]
  }
}

export const admin = new Admin({ name: 'site', configs: stages(['dev', 'staging'], { layers: ['catalog-layer'] }) })
