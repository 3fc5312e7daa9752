import { specification } from '@gateway/testing'
import { describe, it } from 'vitest'
import { type LoginEvent, login } from './login.ts'

const given = specification(login)
const base = { provider: 'oidc', at: 5 }
const success = { type: 'RecordSuccess', ...base, sub: 'oidc:1' } as const
const failure = { type: 'RecordFailure', ...base, reason: 'answer_invalid' } as const
const succeeded: LoginEvent = { type: 'LoginSucceeded', ...base, sub: 'oidc:1' }
const failed: LoginEvent = { type: 'LoginFailed', ...base, reason: 'answer_invalid' }
const codeRefused: LoginEvent = { type: 'LoginFailed', ...base, reason: 'code_refused' }

describe('a login', () => {
  it('begins with what became of it', () => {
    given().when(success).then(succeeded)
    given().when(failure).then(failed)
  })

  it('is over once it succeeded: a callback is good for one session (original-9)', () => {
    given(succeeded).when(success).thenRefused('login_repeated')
    given(succeeded).when(failure).thenRefused('login_repeated')
  })

  it('is over once it failed', () => {
    given(failed).when(success).thenRefused('login_repeated')
    given(failed).when(failure).thenRefused('login_repeated')
  })

  it('still succeeds for the request that holds the code when its double was quicker to be refused', () => {
    given(codeRefused).when(success).then(succeeded)
    given(codeRefused, succeeded).when(success).thenRefused('login_repeated')
  })

  it('records a refused code once', () => {
    given(codeRefused)
      .when({ ...failure, reason: 'code_refused' })
      .then()
  })
})
