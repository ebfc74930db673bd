http \
  POST \
  https://api.example.com/api/payments/a1b2c3d4-e5f6-7890-abcd-ef1234567890/link_to_invoice/ \
  Authorization:"Token YOUR_API_TOKEN" \
  invoice="https://api.example.com/api/invoice/a1b2c3d4-e5f6-7890-abcd-ef1234567890/"
