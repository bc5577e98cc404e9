\set n random(0, :users - 1)
\set k random(0, :each - 1)
\set id :k * :users + :n + 1
UPDATE tasks SET status = CASE status WHEN 'completed' THEN 'pending' ELSE 'completed' END, completed_at = CASE status WHEN 'completed' THEN NULL ELSE now() END, updated_at = now(), version = version + 1 WHERE user_id = 'user-' || :n::bigint AND id = :id RETURNING id, user_id, title, description, status, priority, due_at, due_on, metadata, created_at, updated_at, completed_at, version;
