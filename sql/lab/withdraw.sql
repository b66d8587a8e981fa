-- Closes the lab's gate again: deletes the signatures that ratify.sql inserted, and no others.
-- It is only for the lab and the demo, like ratify.sql. It can run twice.

DELETE FROM public.os_proposal_approvals
WHERE proposal_code = 'APR-BOOT-AUTHMODEL-1'
    AND signature_ref IN ('sig:lab:council:0001', 'sig:lab:council:0002', 'sig:lab:council:0003', 'sig:lab:president:0001');
