import { withAuth } from '@workos-inc/authkit-nextjs';
import { AuthKitProvider } from '@workos-inc/authkit-nextjs/components';
import { signIn, signOut } from './actions';
import { Caller } from './caller';

export default async function Page() {
  // The token stays here: in the browser, `useAccessToken()` gets one that is always fresh.
  const { accessToken: _, ...auth } = await withAuth();
  const { user } = auth;
  return (
    <main>
      <h1>A protected route</h1>
      <p>
        <code>GET /api/me</code> responds to a valid access token with its claims, and refuses all
        others.
      </p>
      {user ? (
        <>
          <form action={signOut} className="row">
            <p>
              Signed in as <strong>{user.firstName ?? user.email}</strong>
            </p>
            <button type="submit">Sign out</button>
          </form>
          <AuthKitProvider initialAuth={auth}>
            <Caller />
          </AuthKitProvider>
        </>
      ) : (
        <form action={signIn} className="row">
          <p>Nobody is signed in.</p>
          <button type="submit" className="primary">
            Sign in
          </button>
        </form>
      )}
      <footer>
        <a href="https://workos.com/docs/authkit/nextjs">AuthKit for Next.js</a>
        <a href="https://workos.com/docs/authkit/sessions">Sessions and tokens</a>
        <a href="https://dashboard.workos.com">WorkOS dashboard</a>
      </footer>
    </main>
  );
}
