// Stands in for the provider's sign-in service, over HTTPS: `node sign-in-service.mjs FOLDER` with key.pem and certificate.pem there.
// A code that begins with `wrong` is refused; any other is worth a token that is good for nothing.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'

const [, , folder] = process.argv
const file = (name) => readFileSync(join(folder, name))

const server = createServer({ key: file('key.pem'), cert: file('certificate.pem') }, (request, response) => {
  let body = ''
  request.on('data', (data) => (body += data))
  request.on('end', () => {
    const [status, answer] = request.url.includes('/oauth/token') ? tokenFor(JSON.parse(body)) : [404, {}]
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer))
  })
})

function tokenFor({ code }) {
  if (code.startsWith('wrong')) return [400, { error: 'invalid_grant', error_description: 'Invalid code' }]
  return [
    200,
    {
      token_type: 'Bearer',
      access_token: `sk-ant-oat01-test-${code}-${'x'.repeat(79 - code.length)}-madeupAA`,
      refresh_token: 'sk-ant-ort01-test',
      expires_in: 31_536_000,
      scope: 'user:inference',
      organization: { uuid: 'o', name: 'test' },
      account: { uuid: 'a', email_address: 'nobody@example.invalid' },
    },
  ]
}

server.listen(443, '127.0.0.1', () => process.stdout.write('ready\n'))
