/** What apps ask for and only the owner can do: each looked at, or refused. */
import type { IdentityRequest } from "../store/identity-requests.ts";
import { When } from "./parts.tsx";

interface Props {
  readonly requests: readonly IdentityRequest[];
  /** What is asked, and what it would mean. */
  readonly says: (account: string) => string;
  /** Where it is looked at, and the field that the account goes by there. */
  readonly look: { readonly action: string; readonly field: string };
  readonly refuse: string;
}

export function AppRequests({ requests, says, look, refuse }: Props) {
  if (requests.length === 0) return null;
  return (
    <>
      <h2>Apps ask</h2>
      <ul class="list">
        {requests.map(({ account, appName, askedAt }) => (
          <li class="card">
            <p>
              {`${appName ?? "An app that is no longer let in"} asks ${says(account)} It asked on `}
              <When at={askedAt} />.
            </p>
            <form method="post" action={look.action}>
              <input type="hidden" name={look.field} value={account} />
              <button>Look at it</button>
            </form>
            <form method="post" action={refuse}>
              <input type="hidden" name="account" value={account} />
              <button class="quiet">Refuse</button>
            </form>
          </li>
        ))}
      </ul>
    </>
  );
}
