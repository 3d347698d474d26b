-- What people own, those due first, without sorting all. Independent of the migrations before it but 0008.

CREATE INDEX incidents_owned ON incidents (due_on IS NULL, due_on, id) WHERE owner <> '';
