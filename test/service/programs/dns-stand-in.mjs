// A name server for which every name is this machine. Prints a line when it listens.
import dgram from 'node:dgram'

const server = dgram.createSocket('udp4')
server.on('message', (query, from) => {
  const question = query.subarray(12, query.indexOf(0, 12) + 5)
  const answers = question.readUInt16BE(question.length - 4) === 1 // for an A record; there is none of another kind
  const head = Buffer.from([query[0], query[1], 0x84, 0, 0, 1, 0, answers ? 1 : 0, 0, 0, 0, 0])
  // The name of the question, type A, class IN, 1 s, 4 bytes: RFC 1035 section 4.1.3.
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1])
  server.send(Buffer.concat(answers ? [head, question, record] : [head, question]), from.port, from.address)
})
server.bind(53, '127.0.0.1', () => console.log('listening'))
