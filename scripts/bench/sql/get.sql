\set n random(0, :users - 1)
\set k random(0, :each - 1)
\set id :k * :users + :n + 1
SELECT id, user_id, title, description, status, priority, due_at, due_on, metadata, created_at, updated_at, completed_at, version FROM tasks WHERE user_id = 'user-' || :n::bigint AND id = :id;
