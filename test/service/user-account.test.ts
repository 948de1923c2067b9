// Who a name of gateway.user is.
import { userInfo } from 'node:os'
import { expect, test } from 'vitest'
import { findUser } from '../../src/service/process/user-account.ts'

test('the user who runs this is found by name, again and again', () => {
  const { username, uid, gid, homedir } = userInfo()
  const account = { name: username, uid, gid, directory: homedir }
  expect(findUser(username, process.platform)).toEqual(account)
  expect(findUser(username, process.platform)).toEqual(account)
})

test('a name that nobody has is nobody', () => {
  expect(findUser('no-such-user-here', process.platform)).toBeNull()
})
