import { standIn } from '../stand-in';
import { signIn, signOut } from './actions';
import { Caller } from './caller';
import { accessToken } from './session';

export default async function Page() {
  const token = await accessToken();
  return (
    <main>
      <header>
        <h1>A protected route</h1>
        <span className="tag">{standIn ? 'stand-in for WorkOS' : 'WorkOS'}</span>
      </header>
      <p>
        <code>/api/me</code> answers whoever brings a good access token with its claims.
      </p>
      {token ? <Caller token={token} /> : <p>Nobody is signed in.</p>}
      <form action={token ? signOut : signIn}>
        <button type="submit" className={token ? undefined : 'primary'}>
          {token ? 'Sign out' : standIn ? 'Sign in (stand-in)' : 'Sign in with AuthKit'}
        </button>
      </form>
    </main>
  );
}
