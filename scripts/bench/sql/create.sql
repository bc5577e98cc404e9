\set n random(0, :users - 1)
INSERT INTO tasks (user_id, title, priority) VALUES ('user-' || :n::bigint, 'Buy milk and more eggs', 3) RETURNING id, user_id, title, description, status, priority, due_at, due_on, metadata, created_at, updated_at, completed_at, version;
