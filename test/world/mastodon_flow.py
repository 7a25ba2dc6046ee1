"""What a script on Mastodon.py does, in one go: told a code on standard input, it prints a line of JSON when all of it held.

Arguments: the stead's address, the handle of somebody on another server, and a file with a picture.
"""
import datetime
import json
import sys
import time

from mastodon import Mastodon, MastodonNotFoundError

base, handle, picture = sys.argv[1:4]
SCOPES = ["read", "write", "follow", "push"]
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"


def until(what, ask, seconds=45):
    end = time.time() + seconds
    while time.time() < end:
        found = ask()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} seconds: {what}")


client_id, client_secret = Mastodon.create_app("Mastodon.py", scopes=SCOPES, redirect_uris=OUT_OF_BAND, api_base_url=base)
api = Mastodon(client_id=client_id, client_secret=client_secret, api_base_url=base)
print(api.auth_request_url(redirect_uris=OUT_OF_BAND, scopes=SCOPES), flush=True)
api.log_in(code=sys.stdin.readline().strip(), redirect_uri=OUT_OF_BAND, scopes=SCOPES)

me = api.account_verify_credentials()
assert me.username == "anna", me
assert api.instance().uri
api.preferences()
api.custom_emojis()
assert api.app_verify_credentials().name == "Mastodon.py"

# People.
[person] = api.search_v2(f"@{handle}", resolve=True, result_type="accounts").accounts
assert [one.id for one in api.account_search(f"@{handle}")] == [person.id]
api.account_follow(person)
until("the follow is accepted", lambda: api.account_relationships(person)[0].following)
assert [one.id for one in api.account_following(me)] == [person.id]
assert api.account_mute(person).muting and [one.id for one in api.mutes()] == [person.id]
assert not api.account_unmute(person).muting
assert api.account_block(person).blocking and [one.id for one in api.blocks()] == [person.id]
assert not api.account_unblock(person).blocking
api.account_follow(person)

# Posts.
text = api.status_post("Words by a script.", spoiler_text="Script", language="en")
assert text.spoiler_text == "Script"
for visibility in ("unlisted", "private", "direct"):
    assert api.status_post(f"For {visibility}.", visibility=visibility).visibility == visibility
once = [api.status_post("Only once.", idempotency_key="the very same").id for _ in range(2)]
assert once[0] == once[1], once
answer = api.status_reply(text, "An answer by a script.")
assert answer.in_reply_to_id == text.id
assert [one.id for one in api.status_context(text).descendants] == [answer.id]
media = api.media_post(picture, mime_type="image/png", description="A dot.")
shown = api.status_post("With a picture.", media_ids=[media])
assert shown.media_attachments[0].description == "A dot."
poll = api.status_post("A question.", poll=api.make_poll(["Yes", "No"], expires_in=3600))
assert [one.title for one in api.poll(poll.poll).options] == ["Yes", "No"]
later = api.status_post("Later.", scheduled_at=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1))
assert [one.id for one in api.scheduled_statuses()] == [later.id]
api.scheduled_status_delete(later)
edited = api.status_update(text, "Mended words by a script.")
assert "Mended" in edited.content and len(api.status_history(text)) == 2
assert api.status_favourite(text).favourited and not api.status_unfavourite(text).favourited
assert api.status_bookmark(text).bookmarked and [one.id for one in api.bookmarks()] == [text.id]
assert api.status_reblog(text).reblog.id == text.id and not api.status_unreblog(text).reblogged
assert api.status_pin(text).pinned and not api.status_unpin(text).pinned

# Timelines, each to its end: a page after the last one makes this library fail.
for page in (api.timeline_home(limit=3), api.timeline_public(limit=3), api.timeline_local(limit=3), api.account_statuses(me, limit=3)):
    ids = [one.id for one in api.fetch_remaining(page)]
    assert len(ids) == len(set(ids)) and ids == sorted(ids, reverse=True), ids
api.conversations()
api.notifications()

# Lists and filters.
holder = api.list_create("Close")
api.list_accounts_add(holder, person)
assert [one.id for one in api.list_accounts(holder)] == [person.id]
api.timeline_list(holder)
api.list_accounts_delete(holder, person)
api.list_delete(holder)
kept = api.filter_create("spoilt", ["home"])
assert [one.id for one in api.filters()] == [kept.id]
api.filter_delete(kept)

# A stream that is read while something is said.
heard = []


class Listener(__import__("mastodon").StreamListener):
    def on_update(self, status):
        heard.append(status.id)


handle_of_stream = api.stream_user(Listener(), run_async=True)
until("the stream is open", handle_of_stream.is_receiving)
said = api.status_post("Heard while said.")
until("the stream tells of it", lambda: said.id in heard)
handle_of_stream.close()

api.status_delete(text)
try:
    api.status(text)
    raise AssertionError("a deleted post is there")
except MastodonNotFoundError:
    pass
api.revoke_access_token()
print(json.dumps({"done": True}), flush=True)
