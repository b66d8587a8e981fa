-- Closes the lab's gate again: removes the signatures that ratify.sql put there, and only them.
-- For the lab and the demo alone, like ratify.sql. It may be run twice.

DELETE FROM public.os_proposal_approvals
WHERE proposal_code = 'APR-BOOT-AUTHMODEL-1'
    AND signature_ref IN ('sig:lab:council:0001', 'sig:lab:council:0002', 'sig:lab:council:0003', 'sig:lab:president:0001');
