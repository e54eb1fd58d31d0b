import { type AuthRequest, TechMicroService } from 'coworks'
import { nanoid } from 'nanoid'
import { stages } from './lib/stages.js'
import { known } from './lib/token.js'

class Users extends TechMicroService {
  auth(request: AuthRequest) {
    return known(request.token)
  }

  get(id: string) {
    return { id, name: 'Ada' }
  }

  post({ name = '' } = {}) {
    if (name.trim() === '') return [{ error: 'a user needs a name' }, 400]
    return [{ id: nanoid(), name }, 201]
  }

  patch(id: string, { name = '' } = {}) {
    return { id, name }
  }
}

export const users = new Users({ name: 'api', configs: stages(['dev', 'staging', 'prod']) })
