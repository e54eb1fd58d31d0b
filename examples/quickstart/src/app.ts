import { type AuthRequest, CORSConfig, Config, TechMicroService } from 'coworks'

class SimpleMicroService extends TechMicroService {
  get() {
    return 'Simple microservice ready.\n'
  }

  auth(request: AuthRequest) {
    return request.token === process.env.TOKEN
  }
}

const DEV = new Config({
  workspace: 'dev',
  version: '0.0',
  cors: new CORSConfig({ allowOrigin: '*' }),
  environmentVariablesFile: 'config/vars_dev.json',
  layers: ['layer'],
})

const PROD = new Config({
  workspace: 'prod',
  version: '0.0',
  cors: new CORSConfig({ allowOrigin: 'www.mywebsite.com' }),
  environmentVariablesFile: 'config/vars_prod.secret.json',
  layers: ['layer'],
  redeploy: 'in-place',
})

export const app = new SimpleMicroService({ name: 'test', configs: [DEV, PROD] })
