'use server';

import * as authkit from '@workos-inc/authkit-nextjs';
import { redirect } from 'next/navigation';

export async function signIn() {
  redirect(await authkit.getSignInUrl());
}

export async function signOut() {
  await authkit.signOut();
}
