import { AllFiles, CwsProject, Layer } from 'coworks/cws'

const stages = ['dev', 'staging', 'prod']

// What every microservice may import, and a small layer for those that only render pages.
Layer('layer.zip')
Layer('catalog-layer.zip', { modules: ['mustache', 'dayjs'] })

CwsProject(
  [],
  [
    ['catalog-api', stages, { src: [AllFiles('src/catalog')] }],
    ['cart-api', stages],
    ['orders-api', stages],
    ['users-api', stages],
    ['mail-worker', ['dev', 'prod'], { src: [AllFiles('src/mail', { exclude: '**/*.draft.html' })] }],
    ['admin-site', ['dev', 'staging'], { src: [AllFiles('src/admin')] }],
  ],
)
